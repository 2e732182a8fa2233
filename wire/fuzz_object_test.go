package wire_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"hermod/wire"
)

// FuzzCrowdedInbound compares an event with the same among so many members that it is read another way.
func FuzzCrowdedInbound(f *testing.F) {
	seedLines(f)
	f.Add([]byte(richEvent))
	f.Fuzz(func(t *testing.T, obj []byte) {
		if m, ok := sound(obj); !ok || len(m) == 0 || namesTwice(obj) {
			return
		}
		obj = bytes.TrimSpace(obj)
		want, wantErr := wire.ParseEvent(obj)
		got, err := wire.ParseEvent([]byte(padded(string(obj))))
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		if err != nil {
			return
		}
		if want := want.AppendJSON(nil); !bytes.Equal(got.AppendJSON(nil), want) {
			t.Errorf("read as %s, want %s", got.AppendJSON(nil), want)
		}
		for name := range object(obj) {
			mine, _ := got.Field(name)
			if theirs, _ := want.Field(name); !bytes.Equal(mine, theirs) {
				t.Errorf("field %q is %s, want %s", name, mine, theirs)
			}
		}
	})
}

func FuzzMemberNames(f *testing.F) {
	for _, seed := range [][2]string{{`"text"`, "text"}, {`"\u0074ext"`, "text"}, {`"\ud83d\ude00"`, "😀"}, {`"\n\"\/\\"`, "\n\"/\\"},
		{`"\u00e9"`, "é"}, {`"\u0000"`, "\x00"}, {`"` + strings.Repeat(`\u0061`, 33) + `"`, strings.Repeat("a", 33)}} {
		f.Add([]byte(seed[0]), seed[1])
	}
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		var s string
		if !utf8.Valid(raw) || !utf8.ValidString(name) || len(raw) == 0 || raw[0] != '"' || json.Unmarshal(raw,
			&s) != nil || raw[len(raw)-1] != '"' {
			return
		}
		for _, name := range []string{name, s} {
			if got := wire.IsNamed(raw, name); got != (s == name) {
				t.Errorf("%s is %q: %v, want %v", raw, name, got, s == name)
			}
		}
	})
}

func FuzzHello(f *testing.F) {
	seedLines(f)
	f.Fuzz(func(t *testing.T, line []byte) {
		h, err := wire.DecodeHello(line)
		if _, ok := sound(line); !ok || err != nil {
			if !isDecodeError(err) {
				t.Fatalf("%+v, %v", h, err)
			}
			return
		}
		if err := h.Validate(); err != nil && len(line) < 1<<16 {
			t.Fatalf("what was read may not be sent: %v", err)
		}
		h.Platform = "discord"
		again, err := wire.DecodeHello(wire.AppendHello(nil, h))
		if err != nil || len(again.Commands) != len(h.Commands) {
			t.Errorf("read back as %+v, not %+v (%v)", again, h, err)
		}
	})
}
