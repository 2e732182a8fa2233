package clustered

import (
	"context"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
)

// Gate keeps deliveries from their handlers while the node may not act: a machine that went on after it was stopped has
// what came meanwhile in its sockets' buffers, and another node has the bots by then. It is a fleet.Observer in front
// of another one.
type Gate struct {
	fleet.Observer
	// Open says whether the node may act. Bots are cut soon after it may not.
	Open func() bool
}

// Handlers implements fleet.Observer.
func (g Gate) Handlers(bot *config.Bot, h actors.Handlers) actors.Handlers {
	h = g.Observer.Handlers(bot, h)
	gated := h
	gated.Inbound = func(ctx context.Context, d *actors.Inbound) error {
		if !g.Open() {
			return forever(ctx)
		}
		return h.Inbound(ctx, d)
	}
	if h.Passthrough != nil {
		gated.Passthrough = func(ctx context.Context, d *actors.Passthrough) error {
			if !g.Open() {
				return forever(ctx)
			}
			return h.Passthrough(ctx, d)
		}
	}
	if h.DeadLetter != nil {
		gated.DeadLetter = func(ctx context.Context, d *actors.DeadLetter) error {
			if !g.Open() {
				return forever(ctx)
			}
			return h.DeadLetter(ctx, d)
		}
	}
	if h.Interrupt != nil {
		gated.Interrupt = func(ctx context.Context, i wire.InterruptInbound) {
			if g.Open() {
				h.Interrupt(ctx, i)
			}
		}
	}
	return gated
}

// forever lets a delivery wait for the end of its bot: an error would have it tried again, and then given up.
func forever(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}
