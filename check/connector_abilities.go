package check

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"hermod/wire"
)

// shownMessage is the size of message that the checks show in their headers, in bytes.
const shownMessage = 2 << 20

var abilityRules = []connectorRule{
	{Check{Name: "abilities.let-in", Section: dialling,
		Rule: "an upgrade with X-Relay-Max-Message, X-Relay-Acks and a header that nobody knows is let in"}, checkShown},
	{Check{Name: "abilities.size", Section: dialling, limit: 2 * time.Minute,
		Rule: "no message is larger than X-Relay-Max-Message, and what is larger holds up nothing"}, checkShownSize},
	{Check{Name: "abilities.acks", Section: dialling,
		Rule: "for a gateway that shows X-Relay-Acks and keeps to it, a passthrough without an acknowledgement comes again"}, checkShownAcks},
}

// show has the dials of this check show abilities.
func (g *player) show() {
	g.shown = http.Header{"X-Hermod-Check": {marker}}
	wire.Abilities{MaxMessage: shownMessage, AcksPassthrough: true}.Show(g.shown.Set)
}

func checkShown(g *player) {
	g.needAdmission()
	g.show()
	l, err := g.dialWith(g.authorization())
	g.require(err == nil, "101 Switching Protocols", "the dial failed: %v", err)
	end := g.say(l)
	g.require(end == nil || !isRefusal(end), "the session stays open", "%v came", end)
}

func checkShownSize(g *player) {
	g.show()
	l := g.greet()
	_, object := g.event(strings.Repeat("x", shownMessage+4096))
	refusal := g.tryMake(Inbound, object)
	_, ok := g.arrival(l, time.Minute, g.inject())
	g.requireShape(l, fmt.Sprintf("at most %d bytes in a message", shownMessage), badSize)
	if !ok && refusal == nil {
		g.broken("the event behind a larger one", "it did not come; %v", l.ended)
	}
}

func checkShownAcks(g *player) {
	g.show()
	g.keep.Store(true)
	l := g.greet()
	l.send(wire.AppendGoingIdle(nil))
	if _, ok := g.await(l, answerTime, ofKind("going_idle_ack")); !ok {
		g.notApplicable("going_idle was not answered; see idle.ack")
	}
	first, second, behind := g.forward(), g.forward(), g.inject()
	if _, ok := g.hello(l, g.Identities[0]); !ok {
		g.notApplicable("the second hello was not answered; see hello.identities")
	}
	l.send(wire.AppendInboundAck(nil, g.needForward(l, first).bufferID()))
	id := g.needForward(l, second).bufferID()
	g.alive(l) // the acknowledgement is ahead of this answer
	l.hangUp()
	g.keep.Store(false)
	l = g.greet()
	again, ok := g.arrival(l, answerTime, second)
	if !ok {
		g.needReplay(l, behind)
	}
	g.require(ok, "the passthrough again, with bufferId "+id, "it did not come after the reconnect; %v", l.ended)
	g.require(again.bufferID() == id, "the bufferId "+id, "it came with %s", shown(again.members["bufferId"]))
}

// needReplay ends the check for a connector that does not even send an event again.
func (g *player) needReplay(l *link, text string) {
	if _, ok := g.arrival(l, time.Second, text); !ok {
		g.notApplicable("not even an event comes again; see delivery.replay")
	}
}

// forward injects a passthrough and returns its path.
func (g *player) forward() (path string) {
	path = "/" + marker + "/" + wire.NewRequestID()
	g.make(Passthrough, fmt.Sprintf(`{"platform":%q,"botId":%q,"method":"POST","path":%q,"headers":[],"bodyB64":""}`,
		g.Identities[0].Platform, g.Identities[0].BotID, path))
	return path
}

// needForward ends the check if the passthrough does not come, or is not kept.
func (g *player) needForward(l *link, path string) frame {
	f, ok := g.arrival(l, answerTime, path)
	if !ok {
		g.needNoStrangers(l)
		g.notApplicable("the passthrough did not arrive")
	}
	if f.bufferID() == "" {
		g.notApplicable("this connector buffers nothing: the delivery has no bufferId")
	}
	return f
}
