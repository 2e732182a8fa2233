package main

import (
	"context"
	"sync"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
	"hermod/wire"
)

// handlers write a record for whatever the connector sends. A delivery is handled when its record
// was written out and, with --manual-ack, a buffered one when it was acknowledged.
func (p *pipe) handlers() actors.Handlers {
	return actors.Handlers{
		Inbound: func(ctx context.Context, d *actors.Inbound) error {
			return p.deliver(ctx, d.Generation, d.BufferID, record.Inbound(record.Origin{}, d))
		},
		Passthrough: func(ctx context.Context, d *actors.Passthrough) error {
			return p.deliver(ctx, d.Generation, d.BufferID, record.Passthrough(record.Origin{}, d))
		},
		Interrupt: func(ctx context.Context, i wire.InterruptInbound) {
			_ = p.out.put(ctx, record.Interrupt(record.Origin{}, i)) // nobody acknowledges it
		},
		DeadLetter: func(ctx context.Context, d *actors.DeadLetter) error {
			return p.out.put(ctx, record.DeadLetter(record.Origin{}, d))
		},
	}
}

func (p *pipe) deliver(ctx context.Context, generation uint64, bufferID string, line []byte) error {
	if err := p.greeted.wait(ctx, generation); err != nil {
		return err
	}
	if !p.manualAck || bufferID == "" {
		return p.out.put(ctx, line)
	}
	acked := p.acks.expect(bufferID)
	defer p.acks.forget(bufferID, acked)
	if err := p.out.put(ctx, line); err != nil {
		return err
	}
	select {
	case <-acked:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// acks are the deliveries whose acknowledgement is awaited, by bufferId; its zero value is ready.
type acks struct {
	mu      sync.Mutex
	waiting map[string]*awaited
}

// awaited is shared by all that wait for the same bufferId.
type awaited struct {
	acked chan struct{}
	count int
}

// expect returns a channel that settle closes. forget must follow.
func (a *acks) expect(bufferID string) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.waiting[bufferID]
	if w == nil {
		w = &awaited{acked: make(chan struct{})}
		if a.waiting == nil {
			a.waiting = make(map[string]*awaited)
		}
		a.waiting[bufferID] = w
	}
	w.count++
	return w.acked
}

// forget withdraws what expect returned.
func (a *acks) forget(bufferID string, acked <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.waiting[bufferID]
	if w == nil || w.acked != acked {
		return
	}
	if w.count--; w.count == 0 {
		delete(a.waiting, bufferID)
	}
}

// settle lets those go on who wait for the acknowledgement; false means that nobody does.
func (a *acks) settle(bufferID string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.waiting[bufferID]
	if w == nil {
		return false
	}
	delete(a.waiting, bufferID)
	close(w.acked)
	return true
}
