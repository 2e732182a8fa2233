package check

import "strings"

const fromConnector = "From connector to gateway"

var helloRules = []connectorRule{
	{Check{Name: "hello.descriptor", Section: fromConnector,
		Rule: "a hello is answered with a descriptor, an object"}, checkDescriptor},
	{Check{Name: "hello.required", Section: "Descriptor",
		Rule: "a descriptor has every required key, of its type, and version 1"}, checkRequired},
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

func checkRequired(g *player) {
	_, f, ok := g.introduce()
	if !ok {
		g.notApplicable("no descriptor came; see hello.descriptor")
	}
	d, ok := f.object("descriptor")
	if !ok {
		g.notApplicable("the descriptor is no object; see hello.descriptor")
	}
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
