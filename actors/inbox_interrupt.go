package actors

import (
	"context"

	"hermod/wire"
)

// runningInterrupt is an interrupt whose handler runs.
type runningInterrupt struct{ again bool }

// maxInterrupts bounds the interrupts whose handlers run at once, one a session and chat; beyond, they are dropped.
const maxInterrupts = 1024

// interrupt calls the handler at once, before anything that is queued. One that comes while the same one is being
// handled runs once more after it, however often it came.
func (b *inbox) interrupt(i wire.InterruptInbound) {
	if b.cfg.Handlers.Interrupt == nil || b.cancelled {
		b.counters.Ignored.Add(1)
		return
	}
	if known := b.interrupts[i]; known != nil {
		known.again = true
		return
	}
	if len(b.interrupts) >= maxInterrupts {
		b.counters.InterruptsDropped.Add(1)
		return
	}
	if b.interrupts == nil {
		b.interrupts = make(map[wire.InterruptInbound]*runningInterrupt)
	}
	b.interrupts[i] = &runningInterrupt{}
	b.startInterrupt(i)
}

func (b *inbox) startInterrupt(i wire.InterruptInbound) {
	b.counters.Interrupts.Add(1)
	b.relay.users.enter()
	go runInterrupt(b.ctx, b.relay, i, b.self)
}

func (b *inbox) interruptEnded(i wire.InterruptInbound) {
	if known := b.interrupts[i]; known.again && !b.cancelled {
		known.again = false
		b.startInterrupt(i)
		return
	}
	delete(b.interrupts, i)
}

// runInterrupt calls the interrupt handler. It runs on a goroutine.
func runInterrupt(ctx context.Context, relay *shared, i wire.InterruptInbound, to ref[toInbox]) {
	defer relay.users.leave()
	defer func() { to.Tell(&interruptEnded{interrupt: i}) }()
	if ctx.Err() != nil {
		return
	}
	err := Guard(func() error { relay.cfg.Handlers.Interrupt(ctx, i); return nil })
	if err != nil {
		relay.cfg.log().Error("interrupt handler failed", "session", i.SessionKey, "err", err)
	}
}
