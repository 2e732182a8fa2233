package check

import (
	"slices"
	"strings"

	json "github.com/goccy/go-json"
)

const fromConnector = "From connector to gateway"

var helloRules = []connectorRule{
	{Check{Name: "hello.descriptor", Section: fromConnector,
		Rule: "a hello is answered with a descriptor, an object"}, checkDescriptor},
	{Check{Name: "hello.required", Section: "Descriptor",
		Rule: "a descriptor has every required key, of its type, and version 1"}, checkRequired},
	{Check{Name: "hello.optional", Section: "Descriptor",
		Rule: "what a descriptor has beyond the required keys is of its type"}, checkOptional},
	{Check{Name: "hello.identities", Section: "From gateway to connector",
		Rule: "each hello of a session is answered"}, checkIdentities},
}

func checkDescriptor(g *player) {
	l, f, ok := g.introduce()
	if !ok && l.ended != nil && isRefusal(l.ended) {
		g.notApplicable("the token was refused; see auth.token")
	}
	g.require(ok, `{"type":"descriptor","descriptor":{…}}`, "no descriptor came; %v", l.ended)
	_, ok = f.object("descriptor")
	g.require(ok, "the descriptor is an object", "it is %s", shown(f.members["descriptor"]))
}

// descriptor opens a link and returns its descriptor.
func (g *player) descriptor() (*link, frame) {
	l, f, ok := g.introduce()
	if !ok {
		g.notApplicable("no descriptor came; see hello.descriptor")
	}
	d, ok := f.object("descriptor")
	if !ok {
		g.notApplicable("the descriptor is no object; see hello.descriptor")
	}
	return l, d
}

// advertises reports whether a descriptor lists an op.
func advertises(d frame, op string) bool {
	var ops []string
	return json.Unmarshal(d.members["supported_ops"], &ops) == nil && slices.Contains(ops, op)
}

func checkOptional(g *player) {
	_, d := g.descriptor()
	var wrong []string
	for _, key := range []string{"emoji", "platform_hint"} {
		if _, ok := d.text(key); d.has(key) && !ok {
			wrong = append(wrong, key+" (a string)")
		}
	}
	for _, key := range []string{"pii_safe", "supports_context", "supports_inchannel_continuable", "supports_block_formatting"} {
		if _, ok := d.flag(key); d.has(key) && !ok {
			wrong = append(wrong, key+" (true or false)")
		}
	}
	var ops []string
	if raw := d.members["supported_ops"]; d.has("supported_ops") && (string(raw) == "null" || json.Unmarshal(raw, &ops) != nil ||
		slices.Contains(ops, "")) {
		wrong = append(wrong, "supported_ops (a list of strings that are not empty)")
	}
	if unit, _ := d.text("len_unit"); unit != "" && unit != "chars" && unit != "utf16" {
		wrong = append(wrong, "len_unit (chars or utf16)")
	}
	g.require(len(wrong) == 0, "optional keys of their types", "of another type: %s", strings.Join(wrong, ", "))
}

func checkRequired(g *player) {
	_, d := g.descriptor()
	var wrong []string
	for _, key := range []string{"platform", "label", "markdown_dialect", "len_unit"} {
		if _, ok := d.text(key); !ok {
			wrong = append(wrong, key+" (a string)")
		}
	}
	for _, key := range []string{"supports_draft_streaming", "supports_edit", "supports_threads"} {
		if _, ok := d.flag(key); !ok {
			wrong = append(wrong, key+" (true or false)")
		}
	}
	if string(d.members["contract_version"]) != "1" {
		wrong = append(wrong, "contract_version (1)")
	}
	if length := string(d.members["max_message_length"]); length == "" || strings.Trim(length, "0123456789") != "" {
		wrong = append(wrong, "max_message_length (a whole number)")
	}
	g.require(len(wrong) == 0, "every required key", "missing or of another type: %s", strings.Join(wrong, ", "))
}

func checkIdentities(g *player) {
	l := g.greet()
	others := g.Identities[1:]
	if len(others) == 0 {
		others = g.Identities // the same one again is answered as well
	}
	for _, id := range others {
		_, ok := g.hello(l, id)
		g.require(ok, "a descriptor for every hello", "the hello of %s behind the first has no answer; %v", id.Platform, l.ended)
	}
}
