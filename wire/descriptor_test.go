package wire_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"hermod/wire"
)

const minimalDescriptor = `{"contract_version":1,"platform":"discord","label":"Discord","max_message_length":2000,` +
	`"supports_draft_streaming":false,"supports_edit":true,"supports_threads":true,"markdown_dialect":"discord","len_unit":"utf16"}`

func TestDescriptorFillsInWhatIsOptional(t *testing.T) {
	d, err := wire.ParseDescriptor([]byte(minimalDescriptor))
	if err != nil {
		t.Fatal(err)
	}
	if d.ContractVersion != 1 || d.Platform != "discord" || d.Label != "Discord" || d.MaxMessageLength != 2000 ||
		d.SupportsDraftStreaming || !d.SupportsEdit || !d.SupportsThreads || d.MarkdownDialect != "discord" ||
		d.LenUnit != wire.UTF16 || d.Emoji != "🔌" || d.PlatformHint != "" || d.PIISafe || d.SupportsContext ||
		d.SupportedOps != nil || d.SupportsInchannelContinuable || d.SupportsBlockFormatting {
		t.Errorf("descriptor %+v", d)
	}
}

func TestDescriptorLacksNoRequiredKey(t *testing.T) {
	for key := range object([]byte(minimalDescriptor)) {
		raw := strings.Replace(minimalDescriptor, `"`+key+`":`, `"x_`+key+`":`, 1)
		var bad *wire.DecodeError
		if _, err := wire.ParseDescriptor([]byte(raw)); !errors.As(err, &bad) || bad.Reason != "descriptor lacks "+key {
			t.Errorf("without %s: %v", key, err)
		}
	}
}

func TestADescriptorFrameHoldsAnObject(t *testing.T) {
	for _, frame := range []string{
		`{"type":"descriptor"}`, `{"type":"descriptor","descriptor":null}`, `{"type":"descriptor","descriptor":[]}`,
		`{"type":"descriptor","descriptor":"x"}`, `{"type":"descriptor","descriptor":5}`,
	} {
		var bad *wire.DecodeError
		if _, err := wire.DecodeDescriptor([]byte(frame)); !errors.As(err, &bad) || bad.Kind != wire.KindDescriptor {
			t.Errorf("%s: %v", frame, err)
		}
	}
}

// with returns the minimal descriptor with one member set.
func with(t *testing.T, key, value string) *wire.Descriptor {
	t.Helper()
	d, err := wire.ParseDescriptor([]byte(minimalDescriptor[:len(minimalDescriptor)-1] + `,"` + key + `":` + value + `}`))
	if err != nil {
		t.Fatalf("%s %s: %v", key, value, err)
	}
	return d
}

func TestDescriptorLengths(t *testing.T) {
	for raw, want := range map[string]int{
		`2000`: 2000, `1`: 1, `0`: 4096, `-5`: 4096, `null`: 4096, `"abc"`: 4096, `[]`: 4096, `{}`: 4096, `true`: 4096,
		`0.5`: 4096, `2.9`: 2, `"500"`: 500, `" +5_0 "`: 50, `"-5"`: 4096, `""`: 4096, `"1.5"`: 4096, `2e3`: 2000,
		`1e300`: 1<<31 - 1, `1e999`: 1<<31 - 1, `-1e999`: 4096, `99999999999999999999`: 1<<31 - 1,
	} {
		if got := with(t, "max_message_length", raw).MaxMessageLength; got != want {
			t.Errorf("%s is %d, want %d", raw, got, want)
		}
	}
}

func TestDescriptorCoercions(t *testing.T) {
	for raw, want := range map[string]bool{
		`true`: true, `1`: true, `-1`: true, `0.5`: true, `"false"`: true, `[0]`: true, `{"a":1}`: true,
		`false`: false, `0`: false, `0.0`: false, `-0`: false, `0e5`: false, `""`: false, `null`: false, `[ ]`: false, `{ }`: false,
	} {
		if got := with(t, "pii_safe", raw).PIISafe; got != want {
			t.Errorf("%s is %v", raw, got)
		}
	}
	for raw, want := range map[string]wire.LenUnit{`"utf16"`: wire.UTF16, `"chars"`: wire.Chars, `"UTF16"`: wire.Chars, `null`: wire.Chars, `5`: wire.Chars} {
		if got := with(t, "len_unit", raw).LenUnit; got != want {
			t.Errorf("%s is %v", raw, got)
		}
	}
	for raw, want := range map[string]string{`"x"`: "x", `null`: "", `5`: "5", `""`: ""} {
		if got := with(t, "emoji", raw).Emoji; got != want {
			t.Errorf("%s is %q", raw, got)
		}
	}
	for raw, want := range map[string]int{`1`: 1, `"1"`: 1, `2.5`: 2, `null`: 0, `"x"`: 0} {
		if got := with(t, "contract_version", raw).ContractVersion; got != want {
			t.Errorf("%s is %d", raw, got)
		}
	}
}

func TestSupportedOps(t *testing.T) {
	for raw, want := range map[string][]string{
		`["send","",5,null,"é"]`: {"send", "é"}, `[]`: nil, `null`: nil, `"send"`: nil, `{"send":1}`: nil, `[5]`: nil,
	} {
		if got := with(t, "supported_ops", raw).SupportedOps; !slices.Equal(got, want) {
			t.Errorf("%s is %q", raw, got)
		}
	}
	legacy, named := &wire.Descriptor{}, &wire.Descriptor{SupportedOps: []string{"send", "prompt"}}
	for op, want := range map[string][2]bool{
		"send": {true, true}, "edit": {true, false}, "typing": {true, false}, "follow_up": {true, false},
		"prompt": {false, true}, "get_chat_info": {false, false}, "": {false, false},
	} {
		if got := [2]bool{legacy.SupportsOp(op), named.SupportsOp(op)}; got != want {
			t.Errorf("%q: %v, want %v", op, got, want)
		}
	}
}

func TestLenUnitsCount(t *testing.T) {
	for text, want := range map[string][2]int{
		"": {0, 0}, "hello": {5, 5}, "é": {1, 1}, "😀": {1, 2}, "a😀b": {3, 4}, "👩‍👧": {3, 5}, "\xff": {1, 1},
	} {
		if got := [2]int{wire.Chars.Count(text), wire.UTF16.Count(text)}; got != want {
			t.Errorf("%q counts %v, want %v", text, got, want)
		}
	}
	if wire.LenUnit("").Count("😀") != 1 {
		t.Error("an unknown unit does not count code points")
	}
}
