package check

import (
	"fmt"
	"slices"
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
	{Check{Name: "delivery.order", Section: deliveriesSection,
		Rule: "the events of a chat are acknowledged in their order"}, checkAckOrder},
	{Check{Name: "delivery.handled", Section: deliveriesSection,
		Rule: "a delivery is not acknowledged before it is handled"}, checkHandledFirst},
	{Check{Name: "delivery.copy", Section: deliveriesSection,
		Rule: "a copy of a message is not handled again"}, checkCopyOnce},
	{Check{Name: "delivery.no-id", Section: "Events",
		Rule: "events without a message_id are no copies of each other"}, checkNoID},
	{Check{Name: "delivery.lenient", Section: "Events",
		Rule: "an event whose optional members are of other types is handled"}, checkLenientEvent},
	{Check{Name: "delivery.forward", Section: "Forwards",
		Rule: "a passthrough whose members are of other types, and whose body is no base64, is acknowledged"}, checkLenientForward},
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

// number returns a new one.
func (h *host) number() string {
	h.lastID++
	return strconv.Itoa(h.lastID * 1000)
}

func checkNumber(h *host) {
	a := h.acking()
	number := h.number()
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
	a.say(`{"type":"inbound","event":` + h.event("", "") + `,"bufferId":""}`)
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

// passthrough delivers a forward and returns its bufferId.
func (h *host) passthrough(a *arrival) string {
	id := h.bufferID()
	platform, _ := a.hello.text("platform")
	a.send(wire.AppendPassthroughForward(nil, []byte(fmt.Sprintf(
		`{"platform":%q,"botId":"","method":"POST","path":"/%s","headers":[],"bodyB64":"e30="}`, platform, marker)), id))
	return id
}

func checkPassthroughAck(h *host) {
	a := h.acking()
	h.requireAck(a, h.passthrough(a), "a passthrough")
}

func checkInterruptAck(h *host) {
	a := h.acking()
	a.send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "agent:main:relay:dm:" + marker, ChatID: marker}))
	a.say(`{"type":"interrupt_inbound"}`)
	h.requireAlive(a, "two interrupts")
	f, acked := h.strayAck(a)
	h.require(!acked, "no acknowledgement", "%s came", shown(f.line))
}

func checkAckOrder(h *host) {
	const many = 5
	a := h.acking()
	var sent, acked []string
	for range many {
		id, line := h.inbound("-order", "")
		sent = append(sent, id)
		a.send(line)
	}
	for range many {
		f, ok := h.await(a.link, handleTime, func(f frame) bool {
			id, _ := f.text("bufferId")
			return f.kind == "inbound_ack" && slices.Contains(sent, id) && !slices.Contains(acked, id)
		})
		if !ok {
			h.notApplicable("%d of %d events are acknowledged; see delivery.ack and delivery.many", len(acked), many)
		}
		id, _ := f.text("bufferId")
		acked = append(acked, id)
	}
	h.require(slices.Equal(acked, sent), "the order of their delivery", "they came as %s", strings.Join(acked, ", "))
}

func checkHandledFirst(h *host) {
	h.needEcho()
	a := h.acking()
	a.withhold.Store(true)
	id, line := h.inbound("-handled", "")
	a.send(line)
	request, _ := h.requestIn(a, marker+"-handled").text("requestId")
	h.settle(a.link, time.Second)
	early := a.count(ackOf(id))
	a.withhold.Store(false)
	a.send(wire.AppendOutboundResult(nil, request, wire.ParseResult([]byte(`{"success":true,"message_id":"`+marker+`"}`))))
	h.await(a.link, handleTime, ackOf(id))
	h.require(early == 0, "no acknowledgement while the handler waits for its result", "it came at once")
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
