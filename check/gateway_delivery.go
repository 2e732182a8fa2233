package check

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"hermod/wire"
)

var gatewayDeliveryRules = []gatewayRule{
	{Check{Name: "delivery.ack", Section: deliveriesSection,
		Rule: "a delivery with a bufferId is acknowledged once it is handled"}, checkAck},
	{Check{Name: "delivery.once", Section: deliveriesSection,
		Rule: "a delivery is acknowledged once"}, checkAckOnce},
	{Check{Name: "delivery.number", Section: deliveriesSection,
		Rule: "a bufferId that is a number, 0 too, is acknowledged as a string"}, checkNumber},
	{Check{Name: "delivery.live", Section: deliveriesSection,
		Rule: "a delivery without a bufferId is not acknowledged"}, checkLive},
	{Check{Name: "delivery.duplicate", Section: deliveriesSection,
		Rule: "a copy of a message under another bufferId is acknowledged too"}, checkDuplicate},
	{Check{Name: "delivery.undecodable", Section: deliveriesSection,
		Rule: "a delivery whose event can't be read is given up and acknowledged"}, checkUndecodable},
	{Check{Name: "delivery.passthrough", Section: deliveriesSection,
		Rule: "a passthrough with a bufferId is acknowledged"}, checkPassthroughAck},
	{Check{Name: "delivery.interrupt", Section: fromConnector,
		Rule: "an interrupt is not acknowledged"}, checkInterruptAck},
	{Check{Name: "delivery.many", Section: deliveriesSection,
		Rule: "two hundred events at once are all acknowledged"}, checkFlood},
}

func checkAck(h *host) {
	a := h.session()
	id, line := h.inbound("", "")
	a.send(line)
	h.requireAck(a, id, "an event")
}

func checkAckOnce(h *host) {
	a := h.acking()
	id, line := h.inbound("", "")
	a.send(line)
	h.requireAck(a, id, "an event")
	h.acked(a)
	again := a.count(ackOf(id))
	h.require(again == 0, "one acknowledgement", "%d more came", again)
}

func checkNumber(h *host) {
	a := h.acking()
	h.lastID++
	number := strconv.Itoa(h.lastID * 1000)
	for _, id := range []string{number, "0"} {
		h.delivered[id] = true
		a.say(fmt.Sprintf(`{"type":"inbound","event":%s,"bufferId":%s}`, h.event("", ""), id))
		h.requireAck(a, id, "an event with the bufferId "+id)
	}
}

// strayAck returns an acknowledgement of what was no delivery.
func (h *host) strayAck(a *arrival) (frame, bool) {
	for _, f := range a.seen {
		if id, _ := f.text("bufferId"); f.kind == "inbound_ack" && !h.delivered[id] {
			return f, true
		}
	}
	return frame{}, false
}

func checkLive(h *host) {
	a := h.acking()
	a.send(wire.AppendInbound(nil, []byte(h.event("", "")), ""))
	a.say(`{"type":"inbound","event":` + h.event("", "") + `,"bufferId":null}`)
	if !h.acked(a) {
		h.notApplicable("the event behind it was not acknowledged; see delivery.ack")
	}
	h.settle(a.link, time.Second)
	f, acked := h.strayAck(a)
	h.require(!acked, "no acknowledgement", "%s came", shown(f.line))
}

func checkDuplicate(h *host) {
	a := h.acking()
	id, object := h.bufferID(), h.event("", "")
	h.delivered[id+"-copy"] = true
	a.send(wire.AppendInbound(nil, []byte(object), id))
	if _, ok := h.await(a.link, handleTime, ackOf(id)); !ok {
		h.notApplicable("the first copy was not acknowledged; see delivery.ack")
	}
	a.send(wire.AppendInbound(nil, []byte(object), id+"-copy"))
	h.requireAck(a, id+"-copy", "the copy")
}

func checkUndecodable(h *host) {
	a := h.acking()
	id := h.bufferID()
	a.say(`{"type":"inbound","event":7,"bufferId":"` + id + `"}`)
	h.requireAck(a, id, "the event 7")
}

func checkPassthroughAck(h *host) {
	a := h.acking()
	id := h.bufferID()
	platform, _ := a.hello.text("platform")
	a.send(wire.AppendPassthroughForward(nil, []byte(fmt.Sprintf(
		`{"platform":%q,"botId":"","method":"POST","path":"/%s","headers":[],"bodyB64":"e30="}`, platform, marker)), id))
	h.requireAck(a, id, "a passthrough")
}

func checkInterruptAck(h *host) {
	a := h.acking()
	a.send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "agent:main:relay:dm:" + marker, ChatID: marker}))
	a.say(`{"type":"interrupt_inbound"}`)
	h.requireAlive(a, "two interrupts")
	f, acked := h.strayAck(a)
	h.require(!acked, "no acknowledgement", "%s came", shown(f.line))
}

func checkFlood(h *host) {
	const many, chats = 200, 20
	a := h.acking()
	var all strings.Builder
	waiting := make(map[string]bool)
	for i := range many {
		id, line := h.inbound("-"+strconv.Itoa(i%chats), "")
		waiting[id] = true
		all.Write(line)
	}
	for line := range strings.Lines(all.String()) {
		a.send([]byte(line))
	}
	for len(waiting) > 0 {
		f, ok := h.await(a.link, handleTime, func(f frame) bool {
			id, _ := f.text("bufferId")
			return f.kind == "inbound_ack" && waiting[id]
		})
		h.require(ok, "two hundred acknowledgements", "%d are missing; %v", len(waiting), a.ended)
		id, _ := f.text("bufferId")
		delete(waiting, id)
	}
}
