package check

import (
	"strconv"
	"strings"

	"hermod/wire"
)

// largestShown bounds the event that is sent to a gateway that showed that it takes larger ones, in bytes.
const largestShown = wire.DefaultMaxFrame

var gatewayAbilityRules = []gatewayRule{
	{Check{Name: "abilities.size", Section: dialling,
		Rule: "X-Relay-Max-Message is a number of bytes, and a message of that size, or of 8 MiB, is taken"}, checkAbilitySize},
	{Check{Name: "abilities.acks", Section: dialling,
		Rule: "X-Relay-Acks lists types of deliveries, separated by commas"}, checkAbilityAcks},
}

func checkAbilitySize(h *host) {
	a := h.acking()
	text := a.header.Get(wire.MaxMessageHeader)
	if text == "" {
		h.notApplicable("the gateway does not show %s", wire.MaxMessageHeader)
	}
	size, err := strconv.Atoi(text)
	h.require(err == nil && size >= wire.MaxPlainMessage, "a number of at least 1048576", "it is %q", text)
	id, line := h.inbound("", strings.Repeat("x", min(size, largestShown)-4096))
	a.send(line)
	h.requireAck(a, id, "an event of almost the size that was shown")
}

func checkAbilityAcks(h *host) {
	a := h.dialled()
	text := a.header.Get(wire.AcksHeader)
	if text == "" {
		h.notApplicable("the gateway does not show %s", wire.AcksHeader)
	}
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		h.require(word == wire.KindInbound.String() || word == wire.KindPassthroughForward.String(),
			"inbound and passthrough_forward", "it names %q", word)
	}
}
