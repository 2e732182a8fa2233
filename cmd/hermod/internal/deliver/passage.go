package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"
)

// passage is a post's way to its receiver: through the circuits of the URL and of the receiver, and through the gate.
type passage struct {
	address, host pass
	leave         func(outcome)
}

// enter waits until a post may be made. At an open circuit it waits until the patience of the delivery is over, at the
// gate until ctx ends. settle or abandon must follow.
func (e *endpoint) enter(ctx context.Context, until time.Time) (p passage, err error) {
	patient, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	for {
		if p.address, err = e.address.circuit.enter(patient); err != nil {
			return p, e.closedTo(ctx)
		}
		if p.host, err = e.host.circuit.enter(patient); err != nil {
			e.address.circuit.abandon(p.address)
			return p, e.closedTo(ctx)
		}
		if p.leave, err = e.poster.gate.enter(ctx, &e.host.line); err != nil {
			e.address.circuit.abandon(p.address)
			e.host.circuit.abandon(p.host)
			return p, err
		}
		if !e.address.circuit.holds(p.address) && !e.host.circuit.holds(p.host) {
			return p, nil
		}
		e.abandon(p) // the receiver began to fail while the post waited at the gate
	}
}

// keptBackError says that a delivery did not get through an open circuit. It does not unwrap to what closed that: the
// receiver said nothing of this delivery.
type keptBackError struct{ text string }

func (e *keptBackError) Error() string { return e.text }

// closedTo says why a delivery did not get through an open circuit.
func (e *endpoint) closedTo(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	now := e.circuit()
	return &keptBackError{fmt.Sprintf("not posted: the receiver has failed %d times in a row and gets one post at a time,"+
		" the next at %s: %v", now.failures, now.next.UTC().Format(time.RFC3339), cmp.Or(now.err, errNoAnswer))}
}

var errNoAnswer = errors.New("it gave no answer")

// circuit is the one that keeps posts back, if one does: of two, the one that does so for longer.
func (e *endpoint) circuit() view {
	host, address := e.host.circuit.view(), e.address.circuit.view()
	if host.open && (!address.open || host.next.After(address.next)) {
		return host
	}
	return address
}

// abandon gives a way back that no post went.
func (e *endpoint) abandon(p passage) {
	p.leave(notPosted)
	e.address.circuit.abandon(p.address)
	e.host.circuit.abandon(p.host)
}

// settle tells the circuits what came of a post. A connection shows that the receiver is there; only what it took shows
// that the URL works. A pause that it asked for is no failure, and neither is its word that a bot is to stay away.
func (e *endpoint) settle(p passage, id string, err error) {
	refused, unreached := new(RefusedError), new(unreachedError)
	opened, closed, answer := false, false, answered
	switch {
	case errors.As(err, &unreached):
		opened, answer = e.host.circuit.fail(p.host, "", err), unanswered
		e.address.circuit.abandon(p.address)
	case err == nil:
		closed = e.host.circuit.succeed()
		closed = e.address.circuit.succeed() || closed
	case err == errGone, errors.As(err, &refused) && refused.RetryAfter > 0:
		closed = e.host.circuit.succeed()
		e.address.circuit.abandon(p.address)
	default:
		closed = e.host.circuit.succeed()
		if !refusesTheDelivery(err) {
			id = ""
		}
		if refused.Status == 0 {
			answer = unanswered
		}
		opened = e.address.circuit.fail(p.address, id, err)
	}
	p.leave(answer)
	switch {
	case opened:
		e.log.Warn("the receiver fails; it gets one post at a time, with growing pauses, until it takes one", "receiver",
			e.origin, "err", err)
	case closed:
		e.log.Info("the receiver works again", "receiver", e.origin)
	}
}
