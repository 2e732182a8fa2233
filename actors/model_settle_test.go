package actors_test

import (
	"context"
	"time"

	"hermod/actors"
	"hermod/messages"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// settleTime is enough for every timeout and delay of a relay to pass.
const settleTime = 4 * time.Minute

// settle ends the trouble and judges where that leads: a relay that may live must be ready in the end, with everything
// settled that the connector had buffered.
func (r *simRun) settle() {
	r.ledger.note("calm")
	r.calm.Store(true)
	close(r.calmed)
	r.leave()
	r.connector.answerDials("accepted", wiretest.Accepted())
	r.resumeReads()
	if r.connector.revoked && r.relay.Status().Handshakes == 0 {
		r.connector.mu.Lock()
		r.connector.revoked = false // it would be dialled for ever
		r.connector.mu.Unlock()
	}
	if r.pick("wake in the end").IntN(2) == 0 {
		r.wake()
	}
	time.Sleep(settleTime)
	r.judgeMute()
	r.reconnect()
	time.Sleep(settleTime)
	r.judgeState(r.relay.Status())
}

// reconnect has an ack-gated connector replay what the relay gave up.
func (r *simRun) reconnect() {
	r.connector.end("the connector restarts once more", func(w *wiretest.Conn) { _ = w.CloseWith(wire.CloseRestart, "") }, true)
}

// judgeMute finds a connection that lives on though nobody answers its pings.
func (r *simRun) judgeMute() {
	r.connector.mu.Lock()
	defer r.connector.mu.Unlock()
	if c := r.connector.conn; c != nil && c.mute {
		r.ledger.fault("connection %d lives without a pong", c.number)
	}
}

func (r *simRun) resumeReads() {
	r.connector.mu.Lock()
	defer r.connector.mu.Unlock()
	if r.connector.conn != nil {
		r.connector.conn.ResumeReads()
	}
}

func (r *simRun) judgeState(status actors.Status) {
	r.ledger.note("settled in %s: %+v", status.State, status.Counters)
	s := r.connector
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.closed.Load():
		if !status.State.Final() {
			r.ledger.fault("the relay was closed, but is %s", status.State)
		}
	case status.State == messages.Disabled:
		if !s.condemn {
			r.ledger.fault("the relay is disabled, but no credential was revoked")
		}
	case r.cfg.NoReconnect:
		if status.State != messages.Failed && status.State != messages.Ready {
			r.ledger.fault("a relay that does not reconnect is %s", status.State)
		}
	case s.revoked:
		r.ledger.fault("the credential is revoked, but the relay is %s", status.State)
	case status.State != messages.Ready:
		r.ledger.fault("the relay is %s: %s", status.State, status.LastError)
	default:
		r.judgeDelivery()
	}
	if r.closed.Load() {
		return
	}
	if ended := status.State.Final(); ended != (r.fatalDials.Load() >= 0) {
		r.ledger.fault("the relay is %s, but the fatal handler was called: %v", status.State, !ended)
	}
	if status.Pending != 0 || status.Queued != 0 || status.QueuedBytes != 0 {
		r.ledger.fault("%d requests are pending, %d deliveries of %d bytes queued", status.Pending, status.Queued, status.QueuedBytes)
	}
	r.judgeCounters(status.Counters)
}

// judgeDelivery finds what was buffered and never acknowledged.
func (r *simRun) judgeDelivery() {
	for _, e := range r.connector.entries {
		if !e.acked {
			r.ledger.fault("%s, %s, was never acknowledged", e.bufferID, e.item.name)
		}
	}
}

func (r *simRun) judgeCounters(c actors.Counters) {
	l := r.ledger
	l.mu.Lock()
	defer l.mu.Unlock()
	if c.Handled != l.handled || c.DeadLettered != l.deadLettered {
		l.faulty("counted %d handled and %d dead letters instead of %d and %d", c.Handled, c.DeadLettered, l.handled, l.deadLettered)
	}
	if l.hasDeadLetter && c.Abandoned != l.abandoned {
		l.faulty("counted %d abandoned instead of %d", c.Abandoned, l.abandoned)
	}
}

// end closes everything and judges what is left.
func (r *simRun) end() {
	dials := int64(r.connector.srv.Dials())
	r.close(r.engine.Close, 0)
	r.calls.Wait()
	status := r.relay.Status()
	if c := status.Counters; c.Requests != c.Resolved {
		r.ledger.fault("%d requests, but %d resolved", c.Requests, c.Resolved)
	}
	if atEnd := r.fatalDials.Load(); atEnd >= 0 && atEnd != dials {
		r.ledger.fault("%d dials after the relay had ended", dials-atEnd)
	}
	if most := r.connector.srv.MaxOpen(); most > 1 {
		r.ledger.fault("%d connections lived at once", most)
	}
	if open := r.connector.srv.Open(); open != 0 {
		r.ledger.fault("%d connections are left open", open)
	}
	if _, err := r.relay.Send(context.Background(), wire.NewTyping("c0")); err == nil {
		r.ledger.fault("a closed relay sends")
	}
	r.connector.srv.Close()
	time.Sleep(2 * time.Millisecond) // the framework's own goroutine after a dead letter
}
