package wire_test

import (
	"encoding/json"
	"math/big"
	"strings"
	"testing"

	"hermod/wire"
)

func init() {
	register(runDescriptor, "descriptor")
	register(runSupportsOp, "supports_op")
	for _, d := range []struct {
		rule, reason string
		expect       func(in map[string]json.RawMessage, key string, want any) any
		keys         []string
	}{
		{
			rule:   "descriptor strings are strings",
			reason: "a Go field has one type; null and absent are empty, and what is no string is printed as JSON",
			keys:   []string{"platform", "label", "markdown_dialect", "emoji", "platform_hint"},
			expect: func(in map[string]json.RawMessage, key string, want any) any {
				if in[key] == nil {
					return want
				}
				return printed(in[key])
			},
		},
		{
			rule:   "descriptor flags are booleans",
			reason: "a Go field has one type; it is what the reference makes of the value in a condition",
			keys: []string{"supports_draft_streaming", "supports_edit", "supports_threads", "pii_safe",
				"supports_context", "supports_inchannel_continuable", "supports_block_formatting"},
			expect: func(in map[string]json.RawMessage, key string, _ any) any { return trueInPython(in[key]) },
		},
		{
			rule:   "an unknown len_unit is chars",
			reason: "it is how the reference counts with a unit that it does not know",
			keys:   []string{"len_unit"},
			expect: func(in map[string]json.RawMessage, key string, _ any) any {
				if str(in[key]) == "utf16" {
					return "utf16"
				}
				return "chars"
			},
		},
		{
			rule:   "contract_version is a whole number",
			reason: "a Go field has one type; what is no number is 0",
			keys:   []string{"contract_version"},
			expect: func(in map[string]json.RawMessage, key string, _ any) any { return whole(in[key]) },
		},
		{
			rule:   "max_message_length is a positive whole number",
			reason: "the protocol replaces every other value by 4096, true as well: nobody means a limit of one",
			keys:   []string{"max_message_length"},
			expect: func(in map[string]json.RawMessage, key string, _ any) any {
				if n := whole(in[key]); strings.Trim(string(n), "-0") != "" && n[0] != '-' {
					return n
				}
				return json.Number("4096")
			},
		},
		{
			rule:   "supported_ops are non-empty strings",
			reason: "the first version keeps what is there; anything that is no list of ops means that none are named",
			keys:   []string{"supported_ops"},
			expect: func(in map[string]json.RawMessage, key string, _ any) any {
				ops := []any{}
				list, _ := parse(in[key]).([]any)
				for _, op := range list {
					if s, _ := op.(string); s != "" {
						ops = append(ops, s)
					}
				}
				return ops
			},
		},
	} {
		deviations = append(deviations, deviation{
			kinds: []string{"descriptor"}, rule: d.rule, reason: d.reason,
			expect: func(v vector, want any) any {
				if m, ok := want.(map[string]any); ok {
					for _, key := range d.keys {
						if old, ok := m[key]; ok {
							m[key] = d.expect(object(v.In), key, old)
						}
					}
				}
				return want
			},
		})
	}
}

// whole reads a number or a decimal string, without its fraction, clamped to 32 bits.
func whole(raw json.RawMessage) json.Number {
	s := string(raw)
	if s == "" || s == "true" {
		return "0"
	}
	if s[0] == '"' {
		s = strings.ReplaceAll(strings.TrimSpace(str(raw)), "_", "")
		if _, ok := new(big.Int).SetString(s, 10); !ok {
			return "0"
		}
	}
	f, _, err := big.ParseFloat(s, 10, 200, big.ToZero)
	if err != nil {
		return "0"
	}
	n, _ := f.Int(nil)
	limit := big.NewInt(1<<31 - 1)
	if n.CmpAbs(limit) > 0 {
		n = limit
	}
	return json.Number(n.String())
}

// runDescriptor returns the fields that the vector's version of the reference has.
func runDescriptor(t *testing.T, v vector) any {
	d, err := wire.ParseDescriptor(v.In)
	if err != nil {
		return failed{}
	}
	raw, err := d.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	ours := parse(raw).(map[string]any)
	if ours["supported_ops"] == nil {
		ours["supported_ops"] = []any{}
	}
	want := object(v.Want)
	for key := range ours {
		if _, ok := want[key]; !ok {
			delete(ours, key)
		}
	}
	return ours
}

func runSupportsOp(t *testing.T, v vector) any {
	in := input[struct {
		SupportedOps []string `json:"supported_ops"`
		Op           string   `json:"op"`
	}](t, v)
	d := wire.Descriptor{SupportedOps: in.SupportedOps}
	return d.SupportsOp(in.Op)
}
