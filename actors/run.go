package actors

import (
	"context"
	"errors"
	"runtime/debug"

	"hermod/messages"
	"hermod/wire"
)

// runHandlers gives deliveries to their handler, one after the other, until one fails. It runs on a goroutine.
func (c *config) runHandlers(ctx context.Context, relay *Relay, lane string, run []*delivery, to ref[messages.ToInbox]) {
	ended := &messages.RunEnded{Lane: lane}
	defer func() { to.Tell(ended) }() // also when the handler ends its goroutine
	for _, d := range run {
		ended.Err = errGoexit
		if ended.Err = c.handle(ctx, relay, lane, d); ended.Err != nil {
			return
		}
		ended.Handled++
	}
}

var errGoexit = errors.New("handler ended its goroutine")

func (c *config) handle(ctx context.Context, relay *Relay, lane string, d *delivery) error {
	if d.forward != nil {
		p := &Passthrough{Relay: relay, Forward: d.forward, BufferID: d.bufferID, Generation: d.generation, Try: d.tries + 1}
		return guard(func() error { return c.Handlers.Passthrough(ctx, p) })
	}
	in := &Inbound{Relay: relay, Event: d.event, SessionKey: lane, BufferID: d.bufferID, Generation: d.generation, Try: d.tries + 1}
	return guard(func() error { return c.Handlers.Inbound(ctx, in) })
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
		c.log.Error("interrupt handler failed", "session", i.SessionKey, "err", err)
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
