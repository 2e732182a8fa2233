package deliver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
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

// closedTo says why a delivery did not get through an open circuit.
func (e *endpoint) closedTo(ctx context.Context) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	now := e.circuit()
	return fmt.Errorf("the receiver has failed %d times in a row and gets one post at a time, the next at %s: %w",
		now.failures, now.next.UTC().Format(time.RFC3339), cmp.Or(now.err, errNoAnswer))
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

// settle tells the circuits what came of a post. What the receiver itself answered shows that it is there; only what it
// took shows that the URL works. A pause that it asked for is no failure, and neither is its word that a bot is to stay
// away.
func (e *endpoint) settle(p passage, id string, err error) {
	refused := new(RefusedError)
	isAnswer := err == nil || err == errGone || errors.As(err, &refused)
	opened, closed := false, false
	switch {
	case err == nil:
		closed = e.address.circuit.succeed()
		closed = e.host.circuit.succeed() || closed
	case !isAnswer, isFromProxy(refused.Status) && refused.RetryAfter == 0:
		opened = e.address.circuit.fail(p.address, "", err)
		opened = e.host.circuit.fail(p.host, "", err) || opened
	case err == errGone, refused.RetryAfter > 0:
		e.address.circuit.abandon(p.address)
		e.host.circuit.succeed()
	default:
		if !refusesTheDelivery(err) {
			id = ""
		}
		opened = e.address.circuit.fail(p.address, id, err)
		e.host.circuit.succeed()
	}
	if isAnswer {
		p.leave(answered)
	} else {
		p.leave(unanswered)
	}
	switch {
	case opened:
		e.log.Warn("the receiver fails; it gets one post at a time, with growing pauses, until it takes one", "receiver",
			e.origin, "err", err)
	case closed:
		e.log.Info("the receiver works again", "receiver", e.origin)
	}
}

// isFromProxy says that a proxy answered in place of a receiver that it did not reach.
func isFromProxy(status int) bool {
	return status == http.StatusBadGateway || status == http.StatusServiceUnavailable || status == http.StatusGatewayTimeout
}
