//go:build !race

// Under the race detector sync.Pool drops what it likes, and with it goes every count of memory.

package wire_test

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"

	"hermod/wire"
)

// list is a JSON array of n items.
func list(n int, item string) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

func inboundOf(event string) string {
	return `{"type":"inbound","event":{` + event + `},"bufferId":"b"}`
}

const (
	million = 1_000_000
	many    = 200_000
)

// hostileEvent is an event that a hostile connector may send: what the decoder does with it, and what that costs.
type hostileEvent struct {
	name string
	line string
	// refused is why the frame is refused, "" when it is not.
	refused string
	// media and urls are how many attachments and urls are kept.
	media, urls int
	// allocated bounds what the decoder allocates, copy of the line included, in lengths of the line.
	allocated float64
}

// hostileEvents takes a while and much memory.
func hostileEvents() []hostileEvent {
	return []hostileEvent{
		{name: "a million empty attachments", line: inboundOf(`"media":` + list(million, `{}`)), allocated: 2.1},
		{name: "many attachments without a url", line: inboundOf(`"media":` + list(many, `{"kind":"i"}`)), allocated: 2.1},
		{name: "many attachments with an empty url", line: inboundOf(`"media":` + list(many, `{"url":""}`)), allocated: 2.1},
		{name: "many nulls for attachments", line: inboundOf(`"media":` + list(many, `null`)), allocated: 2.1},
		{name: "a few empty attachments", line: inboundOf(`"media":` + list(60, `{}`)), allocated: 100},
		{name: "a hundred empty attachments and one", line: inboundOf(`"media":` + list(100, `{}`)[:300] + `,{"url":"u"}]`), media: 1, allocated: 100},
		{name: "many attachments", line: inboundOf(`"media":` + list(many, `{"url":"a"}`)), media: many, allocated: 12},
		{name: "a million urls", line: inboundOf(`"media_urls":` + list(million, `"ab"`)), urls: million, allocated: 8},
		{name: "a million empty urls", line: inboundOf(`"media_urls":` + list(million, `""`)), urls: million, allocated: 8},
		{name: "many numbers for urls", line: inboundOf(`"media_urls":` + list(many, `0`)), allocated: 2.1},
		{name: "long urls", line: inboundOf(`"media_urls":` + list(1000, `"`+strings.Repeat("u", 1000)+`"`)), urls: 1000, allocated: 7},
		{name: "a text of a megabyte", line: inboundOf(`"text":"` + strings.Repeat("x", 1<<20) + `"`), allocated: 7},
		{name: "a text of escapes", line: inboundOf(`"text":"` + strings.Repeat(`\u0041`, many) + `"`), allocated: 7},
		{name: "a short text with an escape", line: inboundOf(`"text":"` + strings.Repeat("x", 10_000) + `\n"`), allocated: 7},
		{name: "an id of a megabyte", line: inboundOf(`"message_id":"` + strings.Repeat("i", 1<<20) + `","source":{"chat_id":"c"}`), allocated: 7},
		{name: "an id that is a number of a megabyte", line: inboundOf(`"message_id":` + strings.Repeat("7", 1<<20)), allocated: 7},
		{name: "an id that is a list of a megabyte", line: inboundOf(`"message_id":` + list(1<<19, `1`)), allocated: 7},
		{name: "a size of a megabyte", line: inboundOf(`"media":[{"url":"u","size":` + strings.Repeat("7", 1<<20) + `}]`), media: 1, allocated: 7},
		{name: "a flag of a megabyte", line: inboundOf(`"context_error":1e` + strings.Repeat("0", 1<<20)), allocated: 7},
		{name: "many members of one name", line: inboundOf(strings.Repeat(`"text":"x",`, many) + `"text":"last"`), allocated: 2.1},
		{name: "many members of unknown names", line: inboundOf(numbered(200_000, `"n%d":0,`)), allocated: 2.1},
		{name: "many members beside the event", line: `{"type":"inbound",` + numbered(200_000, `"n%d":0,`) + `,"event":{"text":"last"},"bufferId":"b"}`, allocated: 2.1},
		{name: "many members of a source", line: inboundOf(`"source":{` + strings.Repeat(`"chat_id":"c",`, many) + `"chat_id":"last"}`), allocated: 2.1},
		{name: "many escaped names", line: inboundOf(strings.Repeat(`"\u0074ext":"x",`, many) + `"text":"last"`), allocated: 2.1},
		{name: "metadata that is no field", line: inboundOf(`"metadata":{` + numbered(200_000, `"n%d":{},`) + `}`), allocated: 4},
		{name: "a context of many items", line: inboundOf(`"context":` + list(many, `{}`)), allocated: 4},
		{name: "a context behind a megabyte of space", line: inboundOf(`"context":` + strings.Repeat(" ", 1<<20) + `[]`), allocated: 4},
		{name: "a prompt response of a megabyte", line: inboundOf(`"prompt_response":{` + numbered(100_000, `"n%d":{},`) + `}`), allocated: 4},
		{name: "nested 5,000 deep", line: inboundOf(`"x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000)), allocated: 100},
		{name: "nested a million deep", line: inboundOf(`"x":` + strings.Repeat("[", million) + strings.Repeat("]", million)),
			refused: "not valid JSON", allocated: 7},
		{name: "a context nested a million deep", line: inboundOf(`"context":` + strings.Repeat(`[`, million) + strings.Repeat(`]`, million)),
			refused: "not valid JSON", allocated: 7},
		{name: "invalid UTF-8", line: inboundOf(`"text":"` + strings.Repeat("\xff", 1<<20) + `"`), refused: "not valid UTF-8", allocated: 7},
		{name: "a megabyte that ends inside a string", line: `{"type":"inbound","event":{"text":"` + strings.Repeat("x", 1<<20),
			refused: "not valid JSON", allocated: 7},
	}
}

// heap returns the bytes of live objects, and of all that were ever allocated.
func heap() (live, total uint64) {
	for range 3 { // what is pooled lives through two
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc, m.TotalAlloc
}

func TestHostileEventsCostWhatTheyAreCountedFor(t *testing.T) {
	decodeInbound(t, `{"type":"inbound","event":`+richEvent+`,"bufferId":"b"}`) // what is made once is not counted
	// A large object fills whole pages of 8 KiB; the rest is the runtime's own.
	const slack = 16 << 10
	for _, tt := range hostileEvents() {
		t.Run(tt.name, func(t *testing.T) {
			line := []byte(tt.line)
			before, allocated := heap()
			collecting := debug.SetGCPercent(-1) // a collection empties the pools, and what they lost is allocated again
			in, err := new(wire.Decoder).Inbound(line)
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			debug.SetGCPercent(collecting)
			allocated = m.TotalAlloc - allocated
			after, _ := heap()
			if limit := uint64(tt.allocated*float64(len(line))) + slack; allocated > limit {
				t.Errorf("%d bytes were allocated for a line of %d, want at most %d", allocated, len(line), limit)
			}
			if tt.refused != "" {
				if err == nil || !strings.HasSuffix(err.Error(), tt.refused) || in != nil {
					t.Errorf("gave %v, %.200v; want %q", in != nil, err, tt.refused)
				}
				return
			}
			if err != nil {
				t.Fatalf("%.200v", err)
			}
			e := in.Event
			if len(e.Extras().Media) != tt.media || len(e.Extras().MediaURLs) != tt.urls || in.BufferID != "b" {
				t.Errorf("%d attachments and %d urls, want %d and %d", len(e.Extras().Media), len(e.Extras().MediaURLs), tt.media, tt.urls)
			}
			held, counted := int(after)-int(before), len(line)+e.Held()
			if held > counted+slack || counted > 2*held+slack {
				t.Errorf("a line of %d bytes holds %d, counted as %d", len(line), held, counted)
			}
			runtime.KeepAlive(in)
		})
	}
}

func TestOfManyMembersOfANameTheLastCounts(t *testing.T) {
	for _, tt := range hostileEvents() {
		if !strings.Contains(tt.line, `"last"`) {
			continue
		}
		e := decodeInbound(t, tt.line).Event
		if e.Text != "last" && e.Source.ChatID != "last" {
			t.Errorf("%s: text %q, chat %q", tt.name, e.Text, e.Source.ChatID)
		}
	}
}

func TestHostileForwardsCostWhatTheyAreCountedFor(t *testing.T) {
	forward := func(members string) string {
		return `{"type":"passthrough_forward","forward":{` + members + `},"bufferId":"b"}`
	}
	for name, line := range map[string]string{
		"many headers":                    forward(`"headers":` + list(many, `["a","b"]`)),
		"many empty headers":              forward(`"headers":` + list(many, `["",""]`)),
		"many lists of one":               forward(`"headers":` + list(many, `[""]`)),
		"a header of many parts":          forward(`"headers":[` + list(many, `0`) + `]`),
		"a body of a megabyte":            forward(`"bodyB64":"` + strings.Repeat("QUJD", 1<<18) + `"`),
		"a body of skipped characters":    forward(`"bodyB64":"` + strings.Repeat("!", 1<<20) + `QUJD"`),
		"a body that ends early":          forward(`"bodyB64":"QQ==` + strings.Repeat("QUJD", 1<<18) + `"`),
		"a path of a megabyte":            forward(`"path":"` + strings.Repeat("/", 1<<20) + `"`),
		"many members of one name":        forward(strings.Repeat(`"path":"x",`, many) + `"path":"y"`),
		"nothing":                         forward(``),
		"a hundred headers of some bytes": forward(`"headers":` + list(100, `["content-type","application/json"]`)),
	} {
		t.Run(name, func(t *testing.T) {
			const slack = 16 << 10
			raw := []byte(line)
			before, _ := heap()
			p, err := new(wire.Decoder).Passthrough(raw)
			if err != nil {
				t.Fatal(err)
			}
			after, _ := heap()
			held, counted := int(after)-int(before), p.Forward.Held()
			if held > counted+slack || counted > 2*held+slack {
				t.Errorf("a line of %d bytes holds %d, counted as %d", len(line), held, counted)
			}
			runtime.KeepAlive(p)
			runtime.KeepAlive(raw)
		})
	}
}

func TestOtherHostileFramesHoldLittleMoreThanTheirLine(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	for _, tt := range []struct {
		name   string
		line   string
		decode func(line []byte) (any, error)
		// holds bounds what is held, in lengths of the line.
		holds float64
	}{
		{"a result of long strings", `{"type":"outbound_result","requestId":"` + long + `","result":{"error":"` + long + `"}}`, decodeResult, 2.5},
		{"a result of many members", `{"type":"outbound_result","requestId":"r","result":{` + numbered(200_000, `"n%d":0,`) + `}}`, decodeResult, 1.2},
		{"a result nested a million deep", `{"type":"outbound_result","requestId":"r","result":` + strings.Repeat("[", million) + strings.Repeat("]", million) + `}`,
			decodeResult, 0.1},
		{"an interrupt of long strings", `{"type":"interrupt_inbound","session_key":"` + long + `","chat_id":"` + long + `"}`,
			func(line []byte) (any, error) { return wire.DecodeInterruptInbound(line) }, 1.2},
		{"an acknowledgement of a megabyte", `{"type":"inbound_ack","bufferId":` + strings.Repeat("7", 1<<20) + `}`,
			func(line []byte) (any, error) { return wire.DecodeInboundAck(line) }, 1.2},
		{"a descriptor of many ops", `{"type":"descriptor","descriptor":` + strings.TrimSuffix(minimalDescriptor, "}") + `,"supported_ops":` + list(many, `"ab"`) + `}}`,
			func(line []byte) (any, error) { return wire.DecodeDescriptor(line) }, 0.1},
		{"a descriptor of many members", `{"type":"descriptor","descriptor":` + strings.TrimSuffix(minimalDescriptor, "}") + `,` + numbered(200_000, `"n%d":0,`) + `}}`,
			func(line []byte) (any, error) { return wire.DecodeDescriptor(line) }, 0.1},
		{"a hello of many empty commands", `{"type":"hello","command_manifest":` + list(many, `{}`) + `}`,
			func(line []byte) (any, error) { return wire.DecodeHello(line) }, 0.1},
		{"an action of many members", `{"type":"outbound","action":{` + numbered(200_000, `"n%d":0,`) + `}}`,
			func(line []byte) (any, error) { return wire.DecodeOutbound(line) }, 1.2},
		{"a type of a megabyte", `{"type":"` + long + `"}`, func(line []byte) (any, error) { return wire.Classify(line) }, 0.1},
		{"many types", `{` + strings.Repeat(`"type":"inbound",`, many) + `"type":"x"}`,
			func(line []byte) (any, error) { return wire.Classify(line) }, 0.1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			line := []byte(tt.line)
			before, _ := heap()
			v, err := tt.decode(line)
			after, _ := heap()
			if err != nil && !isDecodeError(err) {
				t.Errorf("error %T", err)
			}
			if held, limit := int(after)-int(before), int(tt.holds*float64(len(line)))+64<<10; held > limit {
				t.Errorf("a line of %d bytes holds %d, want at most %d", len(line), held, limit)
			}
			runtime.KeepAlive(v)
			runtime.KeepAlive(line)
		})
	}
}

func decodeResult(line []byte) (any, error) {
	_, r, err := wire.DecodeOutboundResult(line)
	return &r, err
}
