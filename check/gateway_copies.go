package check

import (
	"strings"
	"time"

	"hermod/wire"
)

func checkCopyOnce(h *host) {
	h.needEcho()
	a := h.acking()
	id, object := h.bufferID(), h.event("-copied", "")
	h.delivered[id+"-copy"] = true
	a.send(wire.AppendInbound(nil, []byte(object), id))
	h.requestIn(a, marker+"-copied")
	if _, ok := h.await(a.link, handleTime, ackOf(id)); !ok {
		h.notApplicable("the first copy was not acknowledged; see delivery.ack")
	}
	a.send(wire.AppendInbound(nil, []byte(object), id+"-copy"))
	if _, ok := h.await(a.link, handleTime, ackOf(id+"-copy")); !ok {
		h.notApplicable("the copy was not acknowledged; see delivery.duplicate")
	}
	h.settle(a.link, 500*time.Millisecond)
	again := a.count(sendTo(marker + "-copied"))
	h.require(again == 0, "one answer", "the copy is answered too")
}

func checkNoID(h *host) {
	h.needEcho()
	a := h.acking()
	for n := range 2 {
		object := h.event("-no-id", "")
		object = object[:strings.Index(object, `"message_id"`)] + object[strings.Index(object, `"source"`):]
		a.send(wire.AppendInbound(nil, []byte(object), h.bufferID()))
		_, ok := h.await(a.link, handleTime, sendTo(marker+"-no-id"))
		if !ok && n == 0 {
			h.notApplicable("the gateway does not answer an event with a send to its chat")
		}
		h.require(ok, "an answer to each of two events", "the second has none; %v", a.ended)
	}
}

func checkLenientEvent(h *host) {
	a := h.acking()
	id, chat := h.bufferID(), marker+"-lenient"
	a.say(`{"type":"inbound","event":{"text":null,"message_type":"HERMOD","message_id":` + h.number() +
		`,"reply_to_message_id":null,"media_urls":[7,null],"media":[7,{},{"url":5}],"context":[7,{"text":7},{"text":"x"}],` +
		`"context_error":"yes","prompt_response":7,"reply_to":null,"hermod_check":[{}],"source":{"platform":" Telegram ",` +
		`"chat_id":"` + chat + `","chat_type":null,"user_id":7,"thread_id":null,"hermod_check":1}},"bufferId":"` + id + `"}`)
	h.requireAck(a, id, "an event with members of other types")
	if h.Echo {
		_, ok := h.await(a.link, answerTime, sendTo(chat))
		h.require(ok, "an answer", "it is acknowledged, and not answered")
	}
}

func checkLenientForward(h *host) {
	a := h.acking()
	if _, ok := h.await(a.link, handleTime, ackOf(h.passthrough(a))); !ok {
		h.notApplicable("a plain passthrough is not acknowledged; see delivery.passthrough")
	}
	id := h.bufferID()
	a.say(`{"type":"passthrough_forward","forward":{"platform":null,"botId":7,"method":null,"path":"/` + marker +
		`","headers":[["a"],7,["b",7],{}],"bodyB64":"e30=!ü=x"},"bufferId":"` + id + `"}`)
	h.requireAck(a, id, "a passthrough with members of other types")
}
