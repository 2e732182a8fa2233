package fleet

import (
	"context"
	"fmt"

	"hermod/actors"
	"hermod/wire"
)

// Call is a request that was begun.
type Call struct {
	call *actors.Call
	done func(wire.Result, error)
}

// Start begins a request over the relay that runs, as [actors.Relay.Start] does; platform tags it, "" with none. ctx
// tells the observer what the request belongs to; it does not end it. The error is ErrNotRunning.
func (b *Bot) Start(ctx context.Context, a wire.Action, platform string) (*Call, error) {
	relay, running := b.Relay()
	if !running {
		return nil, fmt.Errorf("send for bot %q: %w", b.name, ErrNotRunning)
	}
	done := b.Sending(ctx, a, platform)
	if platform == "" {
		return &Call{relay.Start(a), done}, nil
	}
	return &Call{relay.Start(a, actors.Via(platform)), done}, nil
}

// Sending tells the observer of a request that the caller makes over Relay, and returns what must be given its outcome,
// once. ctx says what the request belongs to.
func (b *Bot) Sending(ctx context.Context, a wire.Action, platform string) func(wire.Result, error) {
	return b.fleet.opts.Observer.Sending(ctx, b.name, a, platform)
}

// Wait returns the request's outcome, as [actors.Call.Wait] does. It must be called once.
func (c *Call) Wait(ctx context.Context) (wire.Result, error) {
	result, err := c.call.Wait(ctx)
	c.done(result, err)
	return result, err
}

// Send is Start, and Wait with the same context.
func (b *Bot) Send(ctx context.Context, a wire.Action, platform string) (wire.Result, error) {
	call, err := b.Start(ctx, a, platform)
	if err != nil {
		return wire.Result{}, err
	}
	return call.Wait(ctx)
}
