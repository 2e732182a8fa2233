package actors

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"hermod/messages"
	"hermod/wire"
)

// runHandlers gives deliveries to their handler, one after the other, until one fails or it has taken long. It runs on a
// goroutine.
func (c *config) runHandlers(ctx context.Context, lane string, run []*delivery, to ref[messages.ToInbox]) {
	ended := &messages.RunEnded{Lane: lane}
	defer func() { to.Tell(ended) }() // also when the handler ends its goroutine
	start := time.Now()
	for i, d := range run {
		if i%runCheck == runCheck-1 && time.Since(start) > runTime {
			return
		}
		ended.Err = errGoexit
		if ended.Err = c.handle(ctx, d); ended.Err != nil {
			return
		}
		ended.Handled++
	}
}

var errGoexit = errors.New("handler ended its goroutine")

func (c *config) handle(ctx context.Context, d *delivery) error {
	if d.forward != nil {
		p := &Passthrough{Relay: d.in.Relay, Forward: d.forward, BufferID: d.in.BufferID, Generation: d.in.Generation, Try: d.in.Try}
		return guard(func() error { return c.Handlers.Passthrough(ctx, p) })
	}
	return guard(func() error { return c.Handlers.Inbound(ctx, d.in) })
}

func (c *config) runDeadLetter(ctx context.Context, lane string, letter *DeadLetter, to ref[messages.ToInbox]) {
	ended := &messages.DeadLetterEnded{Lane: lane, Err: errNoDeadLetter}
	defer func() { to.Tell(ended) }()
	if c.Handlers.DeadLetter != nil {
		ended.Err = errGoexit
		ended.Err = guard(func() error { return c.Handlers.DeadLetter(ctx, letter) })
	}
}

func (c *config) runInterrupt(ctx context.Context, i wire.InterruptInbound, to ref[messages.ToInbox]) {
	defer func() { to.Tell(&messages.InterruptEnded{Interrupt: i}) }()
	err := guard(func() error { c.Handlers.Interrupt(ctx, i); return nil })
	if err != nil {
		c.log().Error("interrupt handler failed", "session", i.SessionKey, "err", err)
	}
}

// guard turns a panic of user code into an error.
func guard(call func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return call()
}
