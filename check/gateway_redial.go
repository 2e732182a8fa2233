package check

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

var redialRules = []gatewayRule{
	{Check{Name: "websocket.close", Section: closeCodes,
		Rule: "a close frame is answered with its own code"}, checkGatewayCloseEcho},
	{Check{Name: "websocket.reserved", Section: sessionsSection,
		Rule: "a frame with reserved bits ends the connection"}, checkGatewayReserved},
	{Check{Name: "redial.1001", Section: closeCodes, Rule: "after 1001 the gateway dials again"}, redials(wire.CloseGoingAway, "")},
	{Check{Name: "redial.drop", Section: closeCodes, Rule: "after a drop the gateway dials again"}, checkRedialDrop},
	{Check{Name: "redial.token", Section: dialling, Rule: "every dial has a fresh token"}, checkRedialToken},
	{Check{Name: "redial.replay", Section: deliveriesSection,
		Rule: "a delivery that comes again after a reconnect is acknowledged again"}, checkRedialReplay},
	{Check{Name: "redial.request", Section: deliveriesSection, Slow: true,
		Rule: "a request whose connection is lost does not hold up the next connection"}, checkRedialRequest},
	{Check{Name: "redial.http", Section: closeCodes, Slow: true,
		Rule: "after an upgrade that was refused with HTTP 503 the gateway dials again"}, redialsAfter(http.StatusServiceUnavailable)},
	{Check{Name: "redial.403", Section: closeCodes, Slow: true,
		Rule: "after an upgrade that was refused with HTTP 403 the gateway dials again"}, redialsAfter(http.StatusForbidden)},
	{Check{Name: "redial.replaced", Section: closeCodes, Slow: true,
		Rule: "after 1000 replaced, another gateway holds the id, the gateway waits for a second or more"},
		backsOff(wire.CloseNormal, "replaced by a newer session")},
	{Check{Name: "redial.1000", Section: closeCodes, Slow: true,
		Rule: "after 1000 the gateway dials again"}, redials(wire.CloseNormal, "")},
	{Check{Name: "redial.1011", Section: closeCodes, Slow: true,
		Rule: "after 1011 the gateway dials again"}, redials(wire.CloseInternal, "")},
	{Check{Name: "redial.1012", Section: closeCodes, Slow: true,
		Rule: "after 1012 the gateway dials again"}, redials(wire.CloseRestart, "")},
	{Check{Name: "redial.4403", Section: closeCodes, Slow: true,
		Rule: "after 4403 the gateway dials again"}, redials(wire.CloseForbidden, "forbidden")},
	{Check{Name: "redial.1013", Section: closeCodes, Slow: true,
		Rule: "after 1013 the gateway waits for a second or more"}, backsOff(wire.CloseTryLater, "later")},
	{Check{Name: "redial.1008", Section: closeCodes, Slow: true,
		Rule: "after 1008, another gateway holds the id, the gateway waits for a second or more"}, backsOff(wire.ClosePolicy, "duplicate session")},
	{Check{Name: "redial.4000", Section: closeCodes, Slow: true,
		Rule: "after 4000, another gateway holds the id, the gateway waits for a second or more"}, backsOff(wire.CloseReplaced, "replaced")},
	{Check{Name: "lines.too-long", Section: linesSection, Slow: true,
		Rule: "a line that is too long for the gateway ends the connection with 1009, and it dials again"}, checkGatewayTooLong},
	{Check{Name: "redial.ladder", Section: closeCodes, Slow: true,
		Rule: "a connector that closes every session soon is dialled with growing delays"}, checkLadder},
}

func checkGatewayTooLong(h *host) {
	a := h.acking()
	id, line := h.inbound("", strings.Repeat("x", wire.DefaultMaxFrame+1<<20))
	a.send(line)
	if _, ok := h.await(a.link, handleTime, ackOf(id)); ok {
		return // this one takes even more
	}
	h.require(a.ended != nil && a.ended.code == wire.CloseTooBig, "close 1009, or an acknowledgement", "an event of 9 MiB: %v", a.ended)
	h.requireDial()
}

// requireDial is broken unless the gateway dials again.
func (h *host) requireDial() *arrival {
	a, ok := h.next(h.Wait)
	h.missed = !ok
	h.require(ok, "another dial", "none came within %v", h.Wait)
	h.greet(a)
	return a
}

func checkGatewayCloseEcho(h *host) {
	a := h.session()
	const badGateway = 1014 // a code that has no rule of its own
	a.write(ws.OpClose, true, ws.NewCloseFrameBody(badGateway, "a check"))
	end := h.awaitEnd(a.link, answerTime)
	h.require(end != nil && end.code == badGateway, "close 1014", "%v", end)
}

func checkGatewayReserved(h *host) {
	a := h.session()
	_, line := h.inbound("", "")
	a.writeWith(ws.Header{Fin: true, Rsv: 0x3, OpCode: ws.OpText, Length: int64(len(line))}, line)
	end := h.awaitEnd(a.link, answerTime)
	h.require(end != nil, "the connection is closed (1002)", "it stays open after a frame with reserved bits")
}

// redials returns the check that a gateway comes back after a close.
func redials(code int, reason string) func(*host) {
	return func(h *host) {
		h.session().leave(code, reason)
		h.requireDial()
	}
}

// backsOff returns the check that a gateway waits before it comes back.
func backsOff(code int, reason string) func(*host) {
	return func(h *host) {
		h.session().leave(code, reason)
		closed := time.Now()
		waited := h.requireDial().at.Sub(closed)
		h.require(waited >= time.Second, "a dial after a second or more", "it came after %v", waited.Round(time.Millisecond))
	}
}

func checkRedialDrop(h *host) {
	h.session().hangUp()
	h.requireDial()
}

func checkRedialToken(h *host) {
	a := h.session()
	before := h.token(a)
	h.wait(1100 * time.Millisecond) // the expiry is in whole seconds
	a.leave(wire.CloseGoingAway, "")
	again := h.requireDial()
	h.require(h.token(again) != before, "a token of its own for each dial", "the token of the dial before came again")
}

func checkRedialReplay(h *host) {
	a := h.acking()
	id, line := h.inbound("", "")
	a.send(line)
	if _, ok := h.await(a.link, handleTime, ackOf(id)); !ok {
		h.notApplicable("the delivery was not acknowledged; see delivery.ack")
	}
	a.leave(wire.CloseGoingAway, "")
	a = h.session()
	a.send(line)
	h.requireAck(a, id, "the same delivery after a reconnect")
}

func checkRedialRequest(h *host) {
	h.needEcho()
	a := h.acking()
	a.withhold.Store(true)
	h.outbound(a, "-lost")
	a.hangUp()
	a = h.session()
	_, line := h.inbound("-next", "")
	a.send(line)
	_, ok := h.await(a.link, answerTime, sendTo(marker+"-next"))
	h.require(ok, "an event of the next connection is answered at once", "it was not within %v; %v", answerTime, a.ended)
}

// redialsAfter returns the check that a gateway dials again after an upgrade that HTTP refused.
func redialsAfter(status int32) func(*host) {
	return func(h *host) {
		a := h.session()
		h.refuse.Store(status)
		a.leave(wire.CloseGoingAway, "")
		h.requireDial()
		h.require(h.refuse.Load() == 0, "a dial that is refused, and another", "no dial was refused")
	}
}

func checkLadder(h *host) {
	const dials, least = 5, 7 * time.Second // a ladder from 1 s takes at least twice as long
	a := h.session()
	start := time.Now()
	for range dials {
		a.leave(wire.CloseInternal, "a check")
		a = h.requireDial()
	}
	took := time.Since(start)
	h.require(took >= least, fmt.Sprintf("%d dials in %v or more", dials, least), "they came within %v", took.Round(time.Millisecond))
}
