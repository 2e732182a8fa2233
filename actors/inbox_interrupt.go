package actors

import (
	"context"

	"hermod/wire"
)

// interrupts are those whose handlers run, one a session and chat.
type interrupts struct {
	running map[wire.InterruptInbound]*runningInterrupt
	bytes   int
}

// runningInterrupt is an interrupt whose handler runs.
type runningInterrupt struct{ again bool }

// maxInterrupts bounds the interrupts whose handlers run at once, and maxInterruptBytes their bytes; what is beyond is
// dropped.
const (
	maxInterrupts     = 1024
	maxInterruptBytes = 1 << 20
)

func interruptBytes(i wire.InterruptInbound) int { return len(i.SessionKey) + len(i.ChatID) }

// interrupt calls the handler at once, before anything that is queued. One that comes while the same one is being
// handled runs once more after it, however often it came.
func (b *inbox) interrupt(i wire.InterruptInbound) {
	if b.cfg.Handlers.Interrupt == nil || b.cancelled {
		b.counters.Ignored.Add(1)
		return
	}
	in := &b.interrupts
	if known := in.running[i]; known != nil {
		known.again = true
		return
	}
	if len(in.running) >= maxInterrupts || in.bytes+interruptBytes(i) > maxInterruptBytes {
		b.counters.InterruptsDropped.Add(1)
		return
	}
	if in.running == nil {
		in.running = make(map[wire.InterruptInbound]*runningInterrupt)
	}
	in.running[i] = &runningInterrupt{}
	in.bytes += interruptBytes(i)
	b.startInterrupt(i)
}

func (b *inbox) startInterrupt(i wire.InterruptInbound) {
	b.counters.Interrupts.Add(1)
	b.relay.users.enter()
	go runInterrupt(b.ctx, b.relay, i, b.self)
}

func (b *inbox) interruptEnded(i wire.InterruptInbound) {
	if known := b.interrupts.running[i]; known.again && !b.cancelled {
		known.again = false
		b.startInterrupt(i)
		return
	}
	delete(b.interrupts.running, i)
	b.interrupts.bytes -= interruptBytes(i)
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
