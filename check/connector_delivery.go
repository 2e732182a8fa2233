package check

import (
	"fmt"
	"slices"
	"strings"
	"time"

	json "github.com/goccy/go-json"

	"hermod/wire"
)

const deliveriesSection = "Deliveries"

var connectorDeliveryRules = []connectorRule{
	{Check{Name: "delivery.inbound", Section: fromConnector,
		Rule: "an event arrives as inbound, with an event object that has a source"}, checkInbound},
	{Check{Name: "delivery.order", Section: deliveriesSection,
		Rule: "the events of a session arrive in order, once each"}, checkOrder},
	{Check{Name: "delivery.idle", Section: deliveriesSection,
		Rule: "after going_idle_ack nothing is delivered until the next hello, and then what came meanwhile"}, checkIdleHolds},
	{Check{Name: "delivery.replay", Section: deliveriesSection,
		Rule: "what was not acknowledged is delivered again after a reconnect, with the same bufferId"}, checkReplay},
	{Check{Name: "delivery.replay-order", Section: deliveriesSection,
		Rule: "what is delivered again keeps its order"}, checkReplayOrder},
	{Check{Name: "delivery.acknowledged", Section: deliveriesSection,
		Rule: "what was acknowledged is not delivered again"}, checkAcknowledged},
	{Check{Name: "delivery.foreign-ack", Section: deliveriesSection,
		Rule: "an acknowledgement of an unknown id is ignored"}, checkForeignAck},
	{Check{Name: "delivery.passthrough", Section: deliveriesSection,
		Rule: "a passthrough that nobody acknowledges does not hold up what is behind it", limit: 2 * time.Minute}, checkPassthrough},
	{Check{Name: "delivery.size", Section: linesSection,
		Rule: "no message is larger than 1 MiB, and what is larger holds up nothing", limit: 2 * time.Minute}, checkSize},
	{Check{Name: "delivery.refused", Section: linesSection, limit: 3 * time.Minute,
		Rule: "a delivery for which the gateway closes with 1009 again and again is set aside"}, checkRefusedDelivery},
	{Check{Name: "delivery.interrupt", Section: fromConnector,
		Rule: "an interrupt arrives with its session_key, and without a bufferId"}, checkInterruptInbound},
}

// make injects and ends the check if that is not possible.
func (g *player) make(kind Kind, object string) {
	if err := g.tryMake(kind, object); err != nil {
		g.notApplicable("injecting failed: %v", err)
	}
}

func (g *player) tryMake(kind Kind, object string) error {
	if g.Inject == nil {
		g.notApplicable("it needs a way to make the connector deliver something")
	}
	g.noteSent(fmt.Sprintf("(injected) %s %s", kind, shown([]byte(object))))
	return g.Inject(g.ctx, kind, json.RawMessage(object))
}

// event returns a new event and the text that tells it apart.
func (g *player) event(filling string) (text, object string) {
	text = marker + " " + wire.NewRequestID()
	return text, fmt.Sprintf(`{"text":"%s%s","message_type":"text","message_id":%q,"source":{"platform":%q,"chat_id":%q,`+
		`"chat_type":"dm","user_id":%q}}`, text, filling, text, g.Identities[0].Platform, g.chat(), marker)
}

// arrival waits for the delivery that holds the text.
func (g *player) arrival(l *link, d time.Duration, text string) (frame, bool) {
	return g.await(l, d, func(f frame) bool { return strings.Contains(string(f.line), text) })
}

// needArrival ends the check if the delivery does not come, which is another check's matter.
func (g *player) needArrival(l *link, text string) frame {
	f, ok := g.arrival(l, answerTime, text)
	if !ok {
		g.needNoStrangers(l)
		g.notApplicable("the event did not arrive; see delivery.inbound")
	}
	return f
}

// needNoStrangers ends the check if deliveries of others wait for an acknowledgement, which is not ours to give.
func (g *player) needNoStrangers(l *link) {
	for _, f := range l.seen {
		if f.bufferID() != "" && !strings.Contains(string(f.line), marker) {
			g.notApplicable("deliveries of others wait for this gateway; check with the credentials of a gateway of its own")
		}
	}
}

// inject delivers a new event and returns its text.
func (g *player) inject() string {
	text, object := g.event("")
	g.make(Inbound, object)
	return text
}

// buffered has an event wait for the link's next hello, so that a connector which sends live has to buffer it.
func (g *player) buffered(l *link) (text string, delivery frame) {
	l.send(wire.AppendGoingIdle(nil))
	if _, ok := g.await(l, answerTime, ofKind("going_idle_ack")); !ok {
		g.notApplicable("going_idle was not answered; see idle.ack")
	}
	text = g.inject()
	if _, ok := g.hello(l, g.Identities[0]); !ok {
		g.notApplicable("the second hello was not answered; see hello.identities")
	}
	f := g.needArrival(l, text)
	if f.bufferID() == "" {
		g.notApplicable("this connector buffers nothing: the delivery has no bufferId")
	}
	return text, f
}

func checkInbound(g *player) {
	l := g.greet()
	text := g.inject()
	f, ok := g.arrival(l, answerTime, text)
	if !ok {
		g.needNoStrangers(l)
	}
	const expected = `{"type":"inbound","event":{"text":…,"source":{…}}}`
	g.require(ok, expected, "the event did not arrive; %v", l.ended)
	event, isObject := f.object("event")
	_, hasSource := event.object("source")
	g.require(f.kind == "inbound" && isObject && hasSource, expected, "a frame of type %q came", f.kind)
}

func checkOrder(g *player) {
	l := g.greet()
	var texts []string
	for range 5 {
		texts = append(texts, g.inject())
	}
	g.requireOrder(l, texts, false)
}

// requireOrder is broken if the events arrive in another order, or more than once if they must not. That they arrive is
// another check's matter.
func (g *player) requireOrder(l *link, texts []string, repeats bool) {
	var came []string
	for range texts {
		f, ok := g.await(l, answerTime, func(f frame) bool {
			at := which(texts, f)
			return at >= 0 && !(repeats && slices.Contains(came, texts[at]))
		})
		if !ok {
			g.needNoStrangers(l)
			g.notApplicable("%d of %d events arrived; see delivery.inbound and delivery.replay", len(came), len(texts))
		}
		came = append(came, texts[which(texts, f)])
	}
	g.require(strings.Join(came, "\n") == strings.Join(texts, "\n"), "the order of their injection",
		"they came as %s", strings.Join(came, ", "))
}

// which returns the place of the text that a delivery holds, -1 if it holds none of them.
func which(texts []string, f frame) int {
	return slices.IndexFunc(texts, func(text string) bool { return strings.Contains(string(f.line), `"`+text+`"`) })
}

func checkIdleHolds(g *player) {
	l := g.greet()
	l.send(wire.AppendGoingIdle(nil))
	if _, ok := g.await(l, answerTime, ofKind("going_idle_ack")); !ok {
		g.notApplicable("going_idle was not answered; see idle.ack")
	}
	text := g.inject()
	_, early := g.arrival(l, time.Second, text)
	g.require(!early, "nothing before the next hello", "the event came to an idle gateway")
	g.hello(l, g.Identities[0])
	_, ok := g.arrival(l, answerTime, text)
	g.require(ok, "the event, after the hello that ends the idleness", "it did not come; %v", l.ended)
}

func checkReplay(g *player) {
	g.keep.Store(true)
	l := g.greet()
	text, first := g.buffered(l)
	l.hangUp()
	l = g.greet()
	again, ok := g.arrival(l, answerTime, text)
	g.require(ok, "the event again, with bufferId "+first.bufferID(), "it did not come after the reconnect; %v", l.ended)
	l.send(wire.AppendInboundAck(nil, again.bufferID()))
	g.require(again.bufferID() == first.bufferID(), "the bufferId "+first.bufferID(), "it came with %s", shown(again.members["bufferId"]))
}

func checkReplayOrder(g *player) {
	g.keep.Store(true)
	l := g.greet()
	first, _ := g.buffered(l)
	texts := []string{first, g.inject(), g.inject()}
	l.hangUp()
	g.keep.Store(false)
	g.requireOrder(g.greet(), texts, true)
}

func checkAcknowledged(g *player) {
	l := g.greet()
	text, _ := g.buffered(l)
	g.alive(l) // the acknowledgement is ahead of this answer
	l.leave(wire.CloseNormal, "")
	l = g.greet()
	g.keep.Store(true)
	_, ok := g.arrival(l, time.Second, text)
	g.keep.Store(false)
	g.require(!ok, "nothing of what was acknowledged", "it came again")
}

func checkForeignAck(g *player) {
	g.keep.Store(true)
	l := g.greet()
	text, delivery := g.buffered(l)
	l.hangUp()
	l = g.greet()
	if _, ok := g.arrival(l, answerTime, text); !ok {
		g.notApplicable("what was not acknowledged does not come again; see delivery.replay")
	}
	l.send(wire.AppendInboundAck(nil, marker+"-unknown"))
	g.require(g.alive(l), "it is ignored", "after an acknowledgement of an unknown id: %v", l.ended)
	l.hangUp()
	l = g.greet()
	_, again := g.arrival(l, answerTime, text)
	l.send(wire.AppendInboundAck(nil, delivery.bufferID()))
	g.require(again, "the event again, since it was not acknowledged itself", "it did not come again")
}

func checkPassthrough(g *player) {
	g.keep.Store(true)
	l := g.greet()
	l.send(wire.AppendGoingIdle(nil))
	if _, ok := g.await(l, answerTime, ofKind("going_idle_ack")); !ok {
		g.notApplicable("going_idle was not answered; see idle.ack")
	}
	path, text := g.forward(), g.inject()
	if _, ok := g.hello(l, g.Identities[0]); !ok {
		g.notApplicable("the second hello was not answered; see hello.identities")
	}
	forward, ok := g.arrival(l, answerTime, path)
	if !ok {
		g.needNoStrangers(l)
		g.notApplicable("the passthrough did not arrive")
	}
	event, ok := g.arrival(l, time.Minute, text)
	for _, f := range []frame{forward, event} {
		if id := f.bufferID(); id != "" {
			l.send(wire.AppendInboundAck(nil, id))
		}
	}
	g.alive(l)
	g.require(ok, "the event behind it, within a minute", "it did not come; %v", l.ended)
}

func checkSize(g *player) {
	l := g.greet()
	text, object := g.event(strings.Repeat("x", wire.MaxGatewayFrame+4096))
	refusal := g.tryMake(Inbound, object)
	behind := g.inject()
	_, ok := g.arrival(l, time.Minute, behind)
	g.requireShape(l, "at most 1 MiB in a message", badSize)
	if !ok && refusal == nil {
		g.broken("the event behind a larger one", "it did not come; %v", l.ended)
	}
	g.arrival(l, 0, text)
}

func checkRefusedDelivery(g *player) {
	const tries = 6
	g.keep.Store(true)
	l := g.greet()
	text, object := g.event(strings.Repeat("x", 1000)) // larger than what is behind it, so it is the one to blame
	l.send(wire.AppendGoingIdle(nil))
	if _, ok := g.await(l, answerTime, ofKind("going_idle_ack")); !ok {
		g.notApplicable("going_idle was not answered; see idle.ack")
	}
	g.make(Inbound, object)
	behind := g.inject()
	g.hello(l, g.Identities[0])
	if g.needArrival(l, text).bufferID() == "" {
		g.notApplicable("this connector buffers nothing: the delivery has no bufferId")
	}
	refused, ok := true, false
	for n := 0; refused && n < tries; n++ {
		_, came := g.arrival(l, 200*time.Millisecond, behind)
		ok = ok || came
		l.leave(wire.CloseTooBig, "message too big")
		l = g.greet()
		_, refused = g.arrival(l, time.Second, text)
	}
	g.keep.Store(false)
	if !ok {
		_, ok = g.arrival(l, answerTime, behind)
	}
	l.hangUp()
	g.greet() // takes and acknowledges what is left
	g.require(!refused, "that it stays away", "it came again after %d closes with 1009", tries)
	g.require(ok, "the event behind it", "it did not come; %v", l.ended)
}

func checkInterruptInbound(g *player) {
	l := g.greet()
	key := "agent:main:relay:dm:" + marker + "-" + wire.NewRequestID()
	g.make(Interrupt, fmt.Sprintf(`{"session_key":%q,"chat_id":%q}`, key, marker))
	f, ok := g.await(l, answerTime, func(f frame) bool { return f.is("session_key", key) })
	const expected = `{"type":"interrupt_inbound","session_key":…,"chat_id":…}`
	g.require(ok, expected, "it did not arrive; %v", l.ended)
	g.require(f.kind == "interrupt_inbound" && !f.has("bufferId"), expected, "a frame of type %q came", f.kind)
}
