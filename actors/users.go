package actors

import (
	"context"
	"sync/atomic"
	"time"

	"hermod/actors/passive"
)

// users counts what has to be over before a relay is done: its actor, and the goroutines that run its handlers.
type users struct {
	count atomic.Int64
	gone  passive.Signal // when the last one has left
}

// actorWeight is what the relay's actor counts, more than all handlers together, so that they are told apart.
const actorWeight = 1 << 32

// begin counts the relay's actor.
func (u *users) begin() { u.count.Store(actorWeight) }

// enter counts a handler. Only the relay's actors may call it, so that none enters after they have ended.
func (u *users) enter() { u.count.Add(1) }

func (u *users) leave() { u.drop(1) }

// end counts the relay's actor out, after which no handler enters.
func (u *users) end() { u.drop(actorWeight) }

func (u *users) drop(weight int64) {
	if u.count.Add(-weight) == 0 {
		u.gone.Give()
	}
}

// handlers is how many handlers run.
func (u *users) handlers() int { return int(u.count.Load() % actorWeight) }

// defaultCloseBudget is what a Close gets whose context has no deadline.
const defaultCloseBudget = 10 * time.Second

// withCloseBudget gives a context without a deadline the default one.
func withCloseBudget(ctx context.Context) (context.Context, context.CancelFunc) {
	if _, bounded := ctx.Deadline(); bounded {
		return ctx, func() {}
	}
	return context.WithTimeout(ctx, defaultCloseBudget)
}

// awaitHandlers waits until nothing of relays that have stopped runs any more, or says how many handlers still do.
func awaitHandlers(ctx context.Context, stopped []*Relay) error {
	for _, relay := range stopped {
		select {
		case <-relay.Done():
		case <-ctx.Done():
			if !relay.isDone() {
				return closeTimeout(ctx, stopped...)
			}
		}
	}
	return nil
}

// closeTimeout is the error of a Close whose context has ended.
func closeTimeout(ctx context.Context, relays ...*Relay) error {
	timeout := &CloseTimeoutError{Err: ctx.Err()}
	for _, relay := range relays {
		timeout.Handlers += relay.users.handlers()
	}
	return timeout
}
