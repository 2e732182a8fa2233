package fleet

import (
	"context"
	"sync/atomic"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
)

// takers connect a relay to its deliverer, under the observer. What they call is made when the first delivery comes,
// which most of thousands of bots wait for.
type takers struct {
	deliverer Deliverer
	config    *config.Bot
	observer  Observer
	observed  atomic.Pointer[actors.Handlers] // nil before the first delivery
}

// handlersOf returns the handlers of a bot's relay: those for which the deliverer has a method.
func handlersOf(d Deliverer, bot *config.Bot, observer Observer) actors.Handlers {
	observer.Expect(bot)
	t := &takers{deliverer: d, config: bot, observer: observer}
	h := methodsOf(d)
	h.Inbound = t.inbound
	if h.Passthrough != nil {
		h.Passthrough = t.passthrough
	}
	if h.Interrupt != nil {
		h.Interrupt = t.interrupt
	}
	if h.DeadLetter != nil {
		h.DeadLetter = t.deadLetter
	}
	return h
}

func (t *takers) inbound(ctx context.Context, d *actors.Inbound) error {
	return t.handlers().Inbound(ctx, d)
}

func (t *takers) passthrough(ctx context.Context, d *actors.Passthrough) error {
	return t.handlers().Passthrough(ctx, d)
}

func (t *takers) interrupt(ctx context.Context, i wire.InterruptInbound) {
	t.handlers().Interrupt(ctx, i)
}

func (t *takers) deadLetter(ctx context.Context, d *actors.DeadLetter) error {
	return t.handlers().DeadLetter(ctx, d)
}

// handlers may be called from any goroutine.
func (t *takers) handlers() *actors.Handlers {
	if t.observed.Load() == nil {
		observed := t.observer.Handlers(t.config, methodsOf(t.deliverer))
		t.observed.CompareAndSwap(nil, &observed)
	}
	return t.observed.Load()
}

func methodsOf(d Deliverer) actors.Handlers {
	h := actors.Handlers{Inbound: d.Inbound}
	if taker, ok := d.(PassthroughTaker); ok {
		h.Passthrough = taker.Passthrough
	}
	if taker, ok := d.(InterruptTaker); ok {
		h.Interrupt = taker.Interrupt
	}
	if taker, ok := d.(DeadLetterTaker); ok {
		h.DeadLetter = taker.DeadLetter
	}
	return h
}
