package check

import (
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

const closeCodes = "Close codes"

// sessionsSection tells of what the sockets of a link need besides frames.
const sessionsSection = "Sessions"

var connectorSocketRules = []connectorRule{
	{Check{Name: "websocket.mask", Section: sessionsSection,
		Rule: "frames of a connector are not masked, and have no reserved bits"}, checkServerMask},
	{Check{Name: "websocket.unmasked-client", Section: sessionsSection,
		Rule: "a gateway's frame without a mask ends the connection"}, checkUnmaskedClient},
	{Check{Name: "websocket.reserved", Section: sessionsSection,
		Rule: "a frame with reserved bits ends the connection"}, checkReserved},
	{Check{Name: "websocket.fragments", Section: sessionsSection,
		Rule: "a fragmented message is joined, also around a ping"}, checkFragments},
	{Check{Name: "websocket.close", Section: closeCodes,
		Rule: "a close frame is answered with its own code, and ends the connection"}, checkCloseEcho},
	{Check{Name: "websocket.bad-close", Section: closeCodes,
		Rule: "a close frame of one byte ends the connection"}, checkBadClose},
	{Check{Name: "keepalive.pong", Section: sessionsSection,
		Rule: "a ping is answered with a pong of the same payload"}, checkPong},
	{Check{Name: "keepalive.ping", Section: sessionsSection, Slow: true, limit: 100 * time.Second,
		Rule: "a connector pings at least once a minute"}, checkPing},
}

func checkServerMask(g *player) {
	l := g.greet()
	g.alive(l)
	g.requireShape(l, "an unmasked frame without reserved bits", badMask, badProtocol)
}

func checkUnmaskedClient(g *player) {
	l := g.greet()
	payload := wire.AppendHello(nil, wire.Hello{Platform: g.Identities[0].Platform})
	l.writeWith(ws.Header{Fin: true, OpCode: ws.OpText, Length: int64(len(payload))}, payload)
	g.requireEnd(l, "an unmasked frame")
}

func checkReserved(g *player) {
	l := g.greet()
	payload := wire.AppendHello(nil, wire.Hello{Platform: g.Identities[0].Platform})
	l.writeWith(ws.Header{Fin: true, Rsv: 0x3, OpCode: ws.OpText, Masked: true, Mask: ws.NewMask(),
		Length: int64(len(payload))}, payload)
	g.requireEnd(l, "a frame with reserved bits")
}

func (g *player) requireEnd(l *link, after string) {
	g.require(g.awaitEnd(l, answerTime) != nil, "the connection is closed (1002)", "it stays open after %s", after)
}

func checkFragments(g *player) {
	l := g.greet()
	id, line := request("")
	half := len(line) / 2
	l.write(ws.OpText, false, line[:half])
	l.write(ws.OpPing, true, []byte("between"))
	l.write(ws.OpContinuation, true, line[half:])
	g.requireResult(l, id, "a fragmented message")
}

func checkCloseEcho(g *player) {
	l := g.greet()
	l.write(ws.OpClose, true, ws.NewCloseFrameBody(wire.CloseGoingAway, "bye"))
	end := g.awaitEnd(l, answerTime)
	g.require(end != nil && end.code == wire.CloseGoingAway, "close 1001", "%v", end)
}

func checkBadClose(g *player) {
	l := g.greet()
	l.write(ws.OpClose, true, []byte{3})
	end := g.awaitEnd(l, answerTime)
	g.require(end != nil, "close 1002, or the end of the connection", "%v", end)
}

func checkPong(g *player) {
	l := g.greet()
	l.write(ws.OpPing, true, []byte(marker))
	g.require(g.awaitPong(l, answerTime, []byte(marker)), "a pong with the ping's payload", "none came; %v", l.ended)
}

func checkPing(g *player) {
	l := g.greet()
	g.until(l, 65*time.Second, func() bool { return l.pings > 0 })
	g.require(l.pings > 0, "a ping within 60 s", "none came; %v", l.ended)
}
