package actors

import "hermod/wire"

// interruptRun is an interrupt whose handler runs.
type interruptRun struct{ again bool }

// maxInterrupts bounds the interrupts whose handlers run at once, one a session and chat; beyond, they are dropped.
const maxInterrupts = 1024

// interrupt calls the handler at once, before anything that is queued. One that comes while the same one is being
// handled runs once more after it, however often it came.
func (b *inbox) interrupt(i wire.InterruptInbound) {
	if b.cfg.Handlers.Interrupt == nil || b.cancelled {
		b.counters.ignored.Add(1)
		return
	}
	if run := b.interrupts[i]; run != nil {
		run.again = true
		return
	}
	if len(b.interrupts) >= maxInterrupts {
		b.counters.interruptsDropped.Add(1)
		return
	}
	if b.interrupts == nil {
		b.interrupts = make(map[wire.InterruptInbound]*interruptRun)
	}
	b.interrupts[i] = &interruptRun{}
	b.runInterrupt(i)
}

func (b *inbox) runInterrupt(i wire.InterruptInbound) {
	b.counters.interrupts.Add(1)
	go b.cfg.runInterrupt(b.ctx, i, b.self)
}

func (b *inbox) interruptEnded(i wire.InterruptInbound) {
	if run := b.interrupts[i]; run.again && !b.cancelled {
		run.again = false
		b.runInterrupt(i)
		return
	}
	delete(b.interrupts, i)
}
