package check

import (
	"strings"
	"time"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

// handshakeTime is how long a gateway may wait for a descriptor, with something to spare.
const handshakeTime = 45 * time.Second

var handshakeRules = []gatewayRule{
	{Check{Name: "hello.lenient", Section: "Descriptor", Slow: true,
		Rule: "a descriptor with unknown keys, a length of null and an unknown unit is taken"}, checkLenientDescriptor},
	{Check{Name: "hello.same-platform", Section: fromConnector, Slow: true,
		Rule: "a connector may answer every hello with the same platform"}, checkSamePlatform},
	{Check{Name: "hello.bad-descriptor", Section: "Descriptor", Slow: true,
		Rule: "after a descriptor that is none a gateway dials again or serves on, and does not fall silent"},
		outlasts(func(frame) []byte { return []byte(`{"type":"descriptor","descriptor":"none"}` + "\n") })},
	{Check{Name: "hello.unanswered", Section: fromConnector, Slow: true,
		Rule: "after a hello that is not answered a gateway dials again or serves on, and does not fall silent"},
		outlasts(func(frame) []byte { return nil })},
}

// laterDescriptors are no good ones.
const laterDescriptors = `{"type":"descriptor","descriptor":{"contract_version":1}}
{"type":"descriptor","descriptor":[]}
{"type":"descriptor"}
`

// redialled has the gateway dial again, and its hellos answered in another way.
func (h *host) redialled(answer func(hello frame) []byte) *arrival {
	a := h.acking()
	h.bad.Store(&answer)
	a.leave(wire.CloseGoingAway, "a check")
	a, ok := h.next(h.Wait)
	if h.missed = !ok; !ok {
		h.notApplicable("the gateway did not dial again; see redial.1001")
	}
	if !h.greet(a) {
		h.notApplicable("no hello came; see hello.first")
	}
	return a
}

func checkLenientDescriptor(h *host) {
	a := h.redialled(func(hello frame) []byte {
		platform, _ := hello.text("platform")
		line := string(wire.AppendDescriptor(nil, descriptorOf(platform)))
		return []byte(strings.NewReplacer(`"max_message_length":4096`, `"max_message_length":null`,
			`"len_unit":"chars"`, `"len_unit":"bytes","hermod_check":{"a":[1]},"supported_ops":7`).Replace(line))
	})
	h.require(h.acked(a), "the session is served", "an event is not acknowledged; %v", a.ended)
}

func checkSamePlatform(h *host) {
	a := h.redialled(func(frame) []byte { return wire.AppendDescriptor(nil, descriptorOf(wire.RelayPlatform)) })
	h.require(h.acked(a), "the session is served", "an event is not acknowledged; %v", a.ended)
}

// outlasts returns the check that a gateway does not fall silent after such an answer to its hellos.
func outlasts(answer func(hello frame) []byte) func(*host) {
	return func(h *host) {
		a := h.redialled(answer)
		left := h.awaitEnd(a.link, handshakeTime) != nil
		h.bad.Store(nil)
		if left {
			h.requireDial()
			return
		}
		h.require(h.acked(a), "another dial, or a session that is served", "the connection stays open for %v, and nothing is acknowledged on it",
			handshakeTime)
	}
}

func checkManifest(h *host) {
	a := h.session()
	h.settle(a.link, 200*time.Millisecond)
	found := false
	for _, hello := range a.hellos {
		raw := hello.members["command_manifest"]
		if found = found || len(raw) > 0; len(raw) == 0 {
			continue
		}
		h.require(hello.is("platform", "discord"), "no command_manifest but for discord", "there is one in %s", shown(hello.line))
		var commands []json.RawMessage
		h.require(json.Unmarshal(raw, &commands) == nil && raw[0] == '[', "a list of commands", "it is %s", shown(raw))
		for _, command := range commands {
			c := parseFrame(command)
			name, _ := c.text("name")
			_, described := c.text("description")
			h.require(name != "" && described, "a name and a description, strings", "a command is %s", shown(command))
		}
	}
	if !found {
		h.notApplicable("the gateway has no command_manifest")
	}
}
