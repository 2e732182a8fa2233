package check

import (
	"fmt"
	"time"

	"github.com/gobwas/ws"
)

var gatewaySocketRules = []gatewayRule{
	{Check{Name: "websocket.mask", Section: sessionsSection,
		Rule: "frames of a gateway are masked, and have no reserved bits"}, checkClientMask},
	{Check{Name: "websocket.fragments", Section: sessionsSection,
		Rule: "a fragmented message is joined, also around a ping"}, checkGatewayFragments},
	{Check{Name: "keepalive.pong", Section: sessionsSection,
		Rule: "a ping is answered with a pong of the same payload"}, checkGatewayPong},
	{Check{Name: "keepalive.ping", Section: sessionsSection, Slow: true,
		Rule: "a gateway pings at least once a minute"}, checkGatewayPing},
	{Check{Name: "keepalive.silence", Section: sessionsSection, Slow: true,
		Rule: "a connection that answers no ping is given up within two minutes, and dialled anew"}, checkGatewaySilence},
}

func checkClientMask(h *host) {
	a := h.session()
	h.acked(a)
	h.requireShape(a.link, "a masked frame without reserved bits", badMask, badProtocol)
}

func checkGatewayFragments(h *host) {
	a := h.acking()
	id, line := h.inbound("", "")
	half := len(line) / 2
	a.write(ws.OpText, false, line[:half])
	a.write(ws.OpPing, true, []byte("between"))
	a.write(ws.OpContinuation, true, line[half:])
	h.requireAck(a, id, "a fragmented message")
}

func checkGatewayPong(h *host) {
	a := h.session()
	payload := []byte(fmt.Sprint(marker, time.Now().UnixNano()))
	a.write(ws.OpPing, true, payload)
	h.require(h.awaitPong(a.link, answerTime, payload), "a pong with the ping's payload", "none came; %v", a.ended)
}

func checkGatewayPing(h *host) {
	a := h.session()
	before := a.pings
	h.until(a.link, 65*time.Second, func() bool { return a.pings > before })
	h.require(a.pings > before, "a ping within 60 s", "none came; %v", a.ended)
}

func checkGatewaySilence(h *host) {
	a := h.session()
	before := a.pings
	a.deaf.Store(true)
	end := h.awaitEnd(a.link, 2*time.Minute)
	a.deaf.Store(false)
	if end == nil && a.pings == before {
		h.notApplicable("the gateway sent no ping; see keepalive.ping")
	}
	h.require(end != nil, "the gateway ends the connection", "it keeps it though no ping was answered for two minutes")
	h.requireDial()
}
