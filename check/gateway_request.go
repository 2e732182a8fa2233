package check

import (
	"slices"
	"strings"
	"time"

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
	{Check{Name: "request.bot", Section: fromGateway,
		Rule: "a botId is that of a hello with the same platform"}, checkRequestBot},
	{Check{Name: "request.fields", Section: actionsSection,
		Rule: "a send has a content, a string; reply_to is a string or null, and metadata an object"}, checkSendFields},
	{Check{Name: "request.profile", Section: actionsSection,
		Rule: "metadata.profile, if there is one, is that of the event, and never main or default"}, checkProfile},
	{Check{Name: "request.bad-result", Section: fromConnector,
		Rule: "a result that is no object fails its request, which does not wait any longer"}, checkBadResult},
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

func checkRequestBot(h *host) {
	a := h.session()
	f := h.outbound(a, "-bot")
	platform, named := f.text("platform")
	bot, ok := f.text("botId")
	if !ok || !named {
		h.notApplicable("the request names no botId")
	}
	h.settle(a.link, 200*time.Millisecond) // its hellos are there by now
	for _, hello := range a.hellos {
		if _, ok := hello.text("botId"); !ok {
			h.notApplicable("a hello has no botId; see hello.fields")
		}
	}
	h.require(slices.ContainsFunc(a.hellos, func(hello frame) bool {
		return hello.is("platform", platform) && hello.is("botId", bot)
	}), "a bot of a hello", "no hello named %s with %s", platform, shown(f.members["botId"]))
}

func checkSendFields(h *host) {
	a := h.session()
	action, _ := h.outbound(a, "-fields").object("action")
	if !action.is("op", "send") {
		h.notApplicable("the action is no send; see request.action")
	}
	_, ok := action.text("content")
	h.require(ok, "content, a string", "it is %s", shown(action.members["content"]))
	_, ok = action.text("reply_to")
	h.require(ok || isAbsent(action, "reply_to"), "reply_to, a string or null", "it is %s", shown(action.members["reply_to"]))
	_, ok = action.object("metadata")
	h.require(ok || isAbsent(action, "metadata"), "metadata, an object", "it is %s", shown(action.members["metadata"]))
}

func isAbsent(f frame, name string) bool { return !f.has(name) || string(f.members[name]) == "null" }

func checkProfile(h *host) {
	h.needEcho()
	a := h.session()
	for _, profile := range []string{"default", "main", "coder"} {
		chat := "-profile-" + profile
		event := strings.Replace(h.event(chat, ""), `"user_id"`, `"profile":"`+profile+`","user_id"`, 1)
		a.send(wire.AppendInbound(nil, []byte(event), h.bufferID()))
		action, _ := h.requestIn(a, marker+chat).object("action")
		metadata, _ := action.object("metadata")
		sent, ok := metadata.text("profile")
		h.require(!ok || sent == "coder" && profile == "coder", "the event's profile, and none for main and default",
			"the profile %q is answered with %q", profile, sent)
	}
}

func checkBadResult(h *host) {
	h.needEcho()
	a := h.acking()
	if !h.resolves(a, "-good-result", `{"success":true,"message_id":"`+marker+`"}`) {
		h.notApplicable("not even a good result is read in time; see request.result")
	}
	h.require(h.resolves(a, "-bad-result", "5"), "the acknowledgement of the event, or another try",
		"none came within %v; %v", answerTime, a.ended)
}

// resolves reports whether a request is over soon after its result: its event is acknowledged, or it is tried again.
func (h *host) resolves(a *arrival, chat, result string) bool {
	a.withhold.Store(true)
	id, line := h.inbound(chat, "")
	a.send(line)
	request, _ := h.requestIn(a, marker+chat).text("requestId")
	a.withhold.Store(false)
	a.say(`{"type":"outbound_result","requestId":"` + request + `","result":` + result + `}`)
	_, over := h.await(a.link, answerTime, func(f frame) bool { return ackOf(id)(f) || sendTo(marker+chat)(f) })
	return over
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
