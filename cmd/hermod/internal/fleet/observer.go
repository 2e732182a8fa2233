package fleet

import (
	"context"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
)

// Observer sees what passes between the relays and those who use them, to measure and trace it. Its methods may be
// called from any goroutine.
type Observer interface {
	// Expect says that a relay of this bot is about to run.
	Expect(bot *config.Bot)
	// Handlers returns handlers that do what h does for this bot. What is nil in h must stay nil. It is called at the
	// first delivery of each relay, and perhaps again if several come at once; one of the results is used.
	Handlers(bot *config.Bot, h actors.Handlers) actors.Handlers
	// Sending is told of a request before it is handed over; done gets its outcome, once. platform is "" for the relay's
	// default.
	Sending(ctx context.Context, bot string, a wire.Action, platform string) (done func(wire.Result, error))
}

// unobserved is the observer that does nothing.
type unobserved struct{}

// Expect has nothing to do.
func (unobserved) Expect(*config.Bot) {}

// Handlers returns h.
func (unobserved) Handlers(_ *config.Bot, h actors.Handlers) actors.Handlers { return h }

// Sending has nothing to do.
func (unobserved) Sending(context.Context, string, wire.Action, string) func(wire.Result, error) {
	return func(wire.Result, error) {}
}
