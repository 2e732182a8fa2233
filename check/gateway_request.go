package check

import (
	"strings"

	"github.com/gobwas/ws"

	"hermod/wire"
)

var gatewayRequestRules = []gatewayRule{
	{Check{Name: "request.id", Section: fromGateway,
		Rule: "a requestId is 32 lower-case hex digits, and no two are the same"}, checkRequestID},
	{Check{Name: "request.action", Section: actionsSection,
		Rule: "an action is an object with an op, and a send names its chat"}, checkAction},
	{Check{Name: "request.platform", Section: fromGateway,
		Rule: "an outbound names a platform or a bot only as strings, and a bot only with a platform"}, checkRequestPlatform},
	{Check{Name: "request.result", Section: deliveriesSection,
		Rule: "a result is read while the handler waits for it"}, checkRequestResult},
	{Check{Name: "request.concurrent", Section: deliveriesSection,
		Rule: "while a request waits, pings are answered, interrupts are taken and other chats are served"}, checkConcurrent},
}

// outbound has the gateway answer an event, and returns its request.
func (h *host) outbound(a *arrival, chat string) frame {
	h.needEcho()
	_, line := h.inbound(chat, "")
	a.send(line)
	return h.requestIn(a, marker+chat)
}

// sendTo matches a request that names a chat.
func sendTo(chat string) func(frame) bool {
	return func(f frame) bool { return f.kind == "outbound" && strings.Contains(string(f.line), `"`+chat+`"`) }
}

// requestIn waits for a request to a chat.
func (h *host) requestIn(a *arrival, chat string) frame {
	f, ok := h.await(a.link, handleTime, sendTo(chat))
	if !ok {
		h.notApplicable("the gateway does not answer an event with a send to its chat")
	}
	return f
}

func checkRequestID(h *host) {
	a := h.session()
	ids := make(map[string]bool)
	for range 5 {
		id, _ := h.outbound(a, "-id").text("requestId")
		h.require(len(id) == 32 && strings.Trim(id, "0123456789abcdef") == "", "32 lower-case hex digits", "it is %q", id)
		h.require(!ids[id], "a fresh requestId", "%s came twice", id)
		ids[id] = true
	}
}

func checkAction(h *host) {
	a := h.session()
	f := h.outbound(a, "-action")
	action, ok := f.object("action")
	h.require(ok, "action is an object", "it is %s", shown(f.members["action"]))
	op, ok := action.text("op")
	h.require(ok && op != "", "an op, a string", "it is %s", shown(action.members["op"]))
	h.require(action.is("chat_id", marker+"-action"), "chat_id "+marker+"-action", "it is %s", shown(action.members["chat_id"]))
}

func checkRequestPlatform(h *host) {
	a := h.session()
	f := h.outbound(a, "-platform")
	for _, name := range []string{"platform", "botId"} {
		if f.has(name) {
			text, ok := f.text(name)
			h.require(ok && text != "", name+" is absent or a string that is not empty", "it is %s", shown(f.members[name]))
		}
	}
	h.require(f.has("platform") || !f.has("botId"), "botId with a platform only", "it comes alone")
}

func checkRequestResult(h *host) {
	h.needEcho()
	a := h.acking()
	a.withhold.Store(true)
	id, line := h.inbound("-result", "")
	a.send(line)
	request, _ := h.requestIn(a, marker+"-result").text("requestId")
	a.send(wire.AppendOutboundResult(nil, request, wire.ParseResult([]byte(`{"success":true,"message_id":"`+marker+`"}`))))
	a.withhold.Store(false)
	_, ok := h.await(a.link, answerTime, ackOf(id))
	h.require(ok, "the acknowledgement of the event, soon after the result", "none came within %v; %v", answerTime, a.ended)
}

func checkConcurrent(h *host) {
	h.needEcho()
	a := h.acking()
	a.withhold.Store(true)
	first, _ := h.outbound(a, "-waits").text("requestId")
	before := len(a.pongs)
	a.write(ws.OpPing, true, []byte(marker))
	h.until(a.link, answerTime, func() bool { return len(a.pongs) > before })
	h.require(len(a.pongs) > before, "a pong", "none came while a request waits; %v", a.ended)
	a.send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{ChatID: marker + "-waits"}))
	_, line := h.inbound("-served", "")
	a.withhold.Store(false)
	a.send(line)
	_, ok := h.await(a.link, answerTime, sendTo(marker+"-served"))
	a.send(wire.AppendOutboundResult(nil, first, wire.ParseResult([]byte(`{"success":true}`))))
	h.require(ok, "the event of another chat is answered", "it was not while a request waits; %v", a.ended)
}
