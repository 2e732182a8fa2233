package actors

import (
	"context"
	"errors"
	"runtime/debug"
	"time"
)

// runHandlers gives deliveries to their handler, one after the other, until one fails or it has taken long. It runs on a
// goroutine.
func (c *config) runHandlers(ctx context.Context, lane string, run []*delivery, to ref[toInbox]) {
	ended := &runEnded{lane: lane}
	defer func() { to.Tell(ended) }() // also when the handler ends its goroutine
	start := time.Now()
	for i, d := range run {
		if i%runCheck == runCheck-1 && time.Since(start) > runTime {
			return
		}
		ended.err = errGoexit
		if ended.err = c.handle(ctx, d); ended.err != nil {
			return
		}
		ended.handled++
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

// guard turns a panic of user code into an error.
func guard(call func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return call()
}
