package check

import (
	"strings"
	"time"

	"hermod/wire"
)

var idleRules = []connectorRule{
	{Check{Name: "idle.ack", Section: fromConnector,
		Rule: "going_idle is answered with going_idle_ack, on a link that lives on"}, checkIdleAck},
}

// takeoverTime is how long a gateway may be locked out by its own dead session.
const takeoverTime = 30 * time.Second

var sessionRules = []connectorRule{
	{Check{Name: "session.reconnect", Section: sessionsSection,
		Rule: "a gateway that closed its session may come back at once"}, checkReconnect},
	{Check{Name: "session.dropped", Section: sessionsSection,
		Rule: "a gateway whose connection was dropped may come back at once"}, checkDropped},
	{Check{Name: "session.second", Section: sessionsSection,
		Rule: "of two sessions of one gateway one is closed, with 1008, 4000 or 1000 replaced"}, checkSecond},
	{Check{Name: "session.silent", Section: sessionsSection,
		Rule: "a session that answers no ping gives its place to a new one within 30 s"}, checkSilent},
}

// shutdownRules end the connector, so they are the last.
var shutdownRules = []connectorRule{
	{Check{Name: "close.shutdown", Section: closeCodes, Destructive: true,
		Rule: "a connector that is stopped closes its sessions with 1001 or 1012"}, checkShutdown},
}

func checkShutdown(g *player) {
	if g.Stop == nil {
		g.notApplicable("it needs a way to stop the connector (--stop)")
	}
	l := g.greet()
	stopped := make(chan error, 1)
	go func() { stopped <- g.Stop(g.ctx) }()
	end := g.awaitEnd(l, answerTime)
	if err := <-stopped; err != nil {
		g.notApplicable("stopping the connector failed: %v", err)
	}
	g.require(end != nil && (end.code == wire.CloseGoingAway || end.code == wire.CloseRestart), "close 1001 or 1012", "%v", end)
}

func checkIdleAck(g *player) {
	l := g.greet()
	l.send(wire.AppendGoingIdle(nil))
	_, ok := g.await(l, answerTime, ofKind("going_idle_ack"))
	g.require(ok, "going_idle_ack", "none came; %v", l.ended)
	g.requireAlive(l, "going_idle_ack")
}

func checkReconnect(g *player) {
	first := g.greet()
	first.leave(wire.CloseNormal, "")
	g.requirePlace("it closed its session", answerTime)
}

func checkDropped(g *player) {
	first := g.greet()
	first.hangUp()
	g.requirePlace("its connection was dropped", answerTime)
}

// requirePlace dials until a session gets its descriptor.
func (g *player) requirePlace(after string, limit time.Duration) {
	start := time.Now()
	var last *ending
	for time.Since(start) < limit {
		l := g.dial()
		if _, ok := g.hello(l, g.Identities[0]); ok {
			return
		}
		if last = l.ended; last == nil {
			l.hangUp()
		}
		if !g.wait(time.Second) {
			break
		}
	}
	g.broken("a descriptor for the new session", "none came within %v after %s; the last dial: %v", limit, after, last)
}

func checkSecond(g *player) {
	first := g.greet()
	second := g.dial()
	second.send(wire.AppendHello(nil, wire.Hello{Platform: g.Identities[0].Platform, BotID: g.Identities[0].BotID}))
	start := time.Now()
	for first.ended == nil && second.ended == nil && time.Since(start) < 15*time.Second {
		g.settle(first, 100*time.Millisecond)
		g.settle(second, 100*time.Millisecond)
	}
	loser, winner := first, second
	if first.ended == nil {
		loser, winner = second, first
	}
	const expected = "one session is closed 1008, 4000 or 1000 replaced, and the other lives on"
	g.require(loser.ended != nil, expected, "both sessions stay open")
	g.require(isReplacement(loser.ended), expected, "%v", loser.ended)
	g.require(winner.ended == nil && g.alive(winner), expected, "the other does not answer: %v", winner.ended)
}

func isReplacement(end *ending) bool {
	return end.code == wire.ClosePolicy || end.code == wire.CloseReplaced ||
		end.code == wire.CloseNormal && strings.HasPrefix(end.reason, "replaced")
}

func checkSilent(g *player) {
	first := g.greet()
	first.deaf.Store(true)
	g.requirePlace("its old session fell silent", takeoverTime)
}
