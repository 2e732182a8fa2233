package wire_test

import (
	"bytes"
	"fmt"
	"math/bits"
	"strings"
	"testing"

	"hermod/wire"
)

func eventOf(platform, chat, message string) *wire.Event {
	return &wire.Event{MessageID: message, Source: wire.Source{Platform: platform, ChatID: chat}}
}

func TestADigestNamesWhatTheDedupeKeyNames(t *testing.T) {
	if a, b := eventOf("slack", "c", "m").Digest(), eventOf(strings.Clone("slack"), "c",
		strings.Clone("m")).Digest(); a != b || a == (wire.Digest{}) {
		t.Errorf("one message has the digests %x and %x", a, b)
	}
	for _, e := range []*wire.Event{eventOf("slack", "", "m"), eventOf("slack", "c", ""), {}} {
		if d := e.Digest(); d != (wire.Digest{}) {
			t.Errorf("a message without an id has the digest %x", d)
		}
	}
}

func TestDeliveriesThatDifferHaveDifferentDigests(t *testing.T) {
	line := []byte(`{"type":"passthrough_forward","forward":{},"bufferId":"1"}`)
	other := bytes.Replace(line, []byte(`{}`), []byte(`{"path":"/"}`), 1)
	seen := map[wire.Digest]string{}
	for name, d := range map[string]wire.Digest{
		"event":               eventOf("slack", "c", "m").Digest(),
		"other platform":      eventOf("discord", "c", "m").Digest(),
		"other chat":          eventOf("slack", "d", "m").Digest(),
		"other message":       eventOf("slack", "c", "n").Digest(),
		"ids cut elsewhere":   eventOf("slack", "c:", "m").Digest(),
		"ids cut elsewhere 2": eventOf("slack", "c", ":m").Digest(),
		"ids cut elsewhere 3": eventOf("slack:c", "m", "m").Digest(),
		"forward":             wire.ForwardDigest("1", line),
		"another buffer id":   wire.ForwardDigest("2", line),
		"numbered anew":       wire.ForwardDigest("1", other),
		"an empty line":       wire.ForwardDigest("1", nil),
		"a long id":           eventOf("slack", "c", strings.Repeat("m", 1<<20)).Digest(),
		"a longer id":         eventOf("slack", "c", strings.Repeat("m", 1<<20+1)).Digest(),
	} {
		if was, twice := seen[d]; twice || d == (wire.Digest{}) {
			t.Errorf("%s and %s share the digest %x", name, was, d)
		}
		seen[d] = name
	}
	if wire.ForwardDigest("", line) != (wire.Digest{}) {
		t.Error("a live forward has a digest")
	}
	if wire.ForwardDigest("1", line) != wire.ForwardDigest("1", bytes.Clone(line)) {
		t.Error("a forward and its copy have two digests")
	}
}

func TestBothHalvesOfADigestAreIndependent(t *testing.T) {
	differing := 0
	for i := range 1000 {
		d := eventOf("slack", "c", fmt.Sprint(i)).Digest()
		for j := range 8 {
			differing += bits.OnesCount8(d[j] ^ d[8+j])
		}
	}
	if mean := float64(differing) / 1000; mean < 30 || mean > 34 {
		t.Errorf("the halves differ in %.1f of 64 bits, want about 32", mean)
	}
}

func TestADigestAllocatesNothing(t *testing.T) {
	e := eventOf("slack", strings.Repeat("c", 500), strings.Repeat("m", 500))
	line := make([]byte, 1<<20)
	if n := testing.AllocsPerRun(100, func() { _, _ = e.Digest(), wire.ForwardDigest("b1", line) }); n != 0 {
		t.Errorf("%v allocations, want none", n)
	}
}

func BenchmarkDigest(b *testing.B) {
	e := eventOf("discord", "1134567890123456789", "1234567890123456789")
	b.ReportAllocs()
	for b.Loop() {
		_ = e.Digest()
	}
}
