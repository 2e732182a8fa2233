package check

import (
	"fmt"
	"time"

	"hermod/wire"
)

// host plays a connector for one check.
type host struct {
	*probe
	*stage
}

// handleTime is how long a gateway may take to handle a delivery, which includes a request that is not answered.
const handleTime = 40 * time.Second

// next waits for a dial, and reports whether one came.
func (h *host) next(d time.Duration) (*arrival, bool) {
	if h.missed {
		d = min(d, time.Second)
	}
	select {
	case a := <-h.arrivals:
		h.take(a)
		return a, true
	case <-time.After(d):
	case <-h.ctx.Done():
	}
	return nil, false
}

// take makes a dial the session that checks talk to.
func (h *host) take(a *arrival) {
	if h.current != nil {
		h.current.hangUp()
	}
	sent, came := a.log.Load().lines() // what came before the check looked
	a.log.Store(h.transcript)
	h.noteCame("GET " + a.path + " (upgrade)")
	for _, line := range came {
		h.noteCame(line)
	}
	for _, line := range sent {
		h.noteSent(line)
	}
	h.current, h.missed = a, false
}

// greet waits for the hello of a dial.
func (h *host) greet(a *arrival) bool {
	h.until(a.link, answerTime, func() bool { return len(a.seen) > 0 })
	if len(a.seen) > 0 {
		a.first = a.seen[0]
	}
	hello, ok := h.await(a.link, answerTime, ofKind("hello"))
	a.hello = hello
	return ok
}

// dialled returns the session, or waits for one that has said hello or not.
func (h *host) dialled() *arrival {
	if a := h.current; a != nil {
		h.settle(a.link, 0)
		if a.ended == nil {
			a.log.Store(h.transcript)
			a.forget()
			a.withhold.Store(false)
			return a
		}
	}
	a, ok := h.next(h.Wait)
	if !ok {
		h.missed = true
		if h.current != nil {
			h.notApplicable("the gateway does not dial any more; see what is broken above")
		}
		h.notApplicable("no gateway has dialled within %v; see dial.arrives", h.Wait)
	}
	h.greet(a)
	return a
}

// session returns a session that has said hello.
func (h *host) session() *arrival {
	a := h.dialled()
	if a.hello.kind == "" {
		h.notApplicable("no hello came; see hello.first")
	}
	return a
}

// bufferID returns a new one.
func (h *host) bufferID() string {
	id := marker + "-" + wire.NewRequestID()
	h.delivered[id] = true
	return id
}

// event returns a new event of a chat.
func (h *host) event(chat, filling string) string {
	platform := wire.RelayPlatform
	if h.current != nil {
		if named, ok := h.current.hello.text("platform"); ok {
			platform = named
		}
	}
	return fmt.Sprintf(`{"text":"%s%s","message_type":"text","message_id":"%s","source":{"platform":%q,"chat_id":"%s",`+
		`"chat_type":"dm","user_id":"%s"}}`, marker, filling, wire.NewRequestID(), platform, marker+chat, marker)
}

// inbound is a frame with a new buffered event, and its bufferId.
func (h *host) inbound(chat, filling string) (id string, line []byte) {
	id = h.bufferID()
	return id, wire.AppendInbound(nil, []byte(h.event(chat, filling)), id)
}

// ackOf matches the acknowledgement of a delivery.
func ackOf(id string) func(frame) bool {
	return func(f frame) bool { return f.kind == "inbound_ack" && f.is("bufferId", id) }
}

// acked delivers an event and reports whether it was acknowledged.
func (h *host) acked(a *arrival) bool {
	id, line := h.inbound("", "")
	a.send(line)
	_, ok := h.await(a.link, handleTime, ackOf(id))
	return ok
}

// acking returns a session that acknowledges, so that a missing acknowledgement says something.
func (h *host) acking() *arrival {
	a := h.session()
	if !h.acked(a) {
		h.notApplicable("a plain event is not acknowledged; see delivery.ack")
	}
	return a
}

// requireAck is broken unless the delivery is acknowledged.
func (h *host) requireAck(a *arrival, id, what string) {
	_, ok := h.await(a.link, handleTime, ackOf(id))
	h.require(ok, `{"type":"inbound_ack","bufferId":"`+id+`"}`, "%s was not acknowledged; %v", what, a.ended)
}

// requireAlive is broken unless the next event is acknowledged.
func (h *host) requireAlive(a *arrival, after string) {
	h.require(h.acked(a), "the connection lives on, and the next event is acknowledged", "after %s: %v", after, a.ended)
}

// needEcho ends the check for a gateway that is not known to answer.
func (h *host) needEcho() {
	if !h.Echo {
		h.notApplicable("it needs a gateway that answers every message with a send (--echo)")
	}
}
