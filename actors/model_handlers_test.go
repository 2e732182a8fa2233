package actors_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"hermod/actors"
	"hermod/wire"
)

var errMood = errors.New("the handler is in no mood")

// handlers are a gateway's, good and bad.
func (r *simRun) handlers(deadLetters, passthrough bool) actors.Handlers {
	h := actors.Handlers{Inbound: r.inbound, Interrupt: r.interrupt, Fatal: r.fatal}
	if passthrough {
		h.Passthrough = r.passthrough
	}
	if deadLetters {
		h.DeadLetter = r.deadLetter
	}
	return h
}

func (r *simRun) inbound(ctx context.Context, d *actors.Inbound) error {
	return r.handle(ctx, r.ledger.begin(serialIn(d.Event.Text), d.Try, d.BufferID))
}

func (r *simRun) passthrough(ctx context.Context, p *actors.Passthrough) error {
	return r.handle(ctx, r.ledger.begin(serialIn(p.Forward.Path), p.Try, p.BufferID))
}

// handle behaves as the copy and its try say: well, slowly, badly, by panicking, by ending its goroutine, by waiting
// for the end or for a session, or by asking the connector something itself.
func (r *simRun) handle(ctx context.Context, c *simCopy) (err error) {
	taken := false
	defer func() { r.ledger.end(c, taken) }()
	switch mood := r.mood("handler", c.serial, c.tries); {
	case mood >= 30 && r.dependent, mood >= 96:
		if _, err := r.relay.Handshake(ctx); err == nil {
			_ = r.send(ctx, fmt.Sprintf("q%d.%d", c.serial, c.tries), 0, 0)
		}
	case mood < 40:
	case mood < 60:
		time.Sleep(r.span(8*time.Second, "slow handler", c.serial, c.tries))
	case mood < 72:
		return errMood
	case mood < 78:
		time.Sleep(r.span(8*time.Second, "slow failure", c.serial, c.tries))
		return errMood
	case mood < 84:
		panic("the handler panics")
	case mood < 86:
		runtime.Goexit()
	case mood < 90:
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.calmed:
		}
	case mood < 94:
		if _, err := r.relay.Handshake(ctx); err == nil {
			_ = r.send(ctx, fmt.Sprintf("q%d.%d", c.serial, c.tries), 0, 0)
		}
	default:
		_ = r.send(ctx, fmt.Sprintf("q%d.%d", c.serial, c.tries), 0, 0)
	}
	taken = true
	return nil
}

func (r *simRun) deadLetter(_ context.Context, d *actors.DeadLetter) error {
	var serial int
	switch {
	case d.Event != nil:
		serial = serialIn(d.Event.Text)
	case d.Forward != nil:
		serial = serialIn(d.Forward.Path)
	default:
		serial = serialInRaw(d.Raw)
	}
	c := r.ledger.beginLetter(serial, d.Tries)
	taken := false
	defer func() { r.ledger.endLetter(c, taken) }()
	switch mood := r.mood("dead letter", serial); {
	case mood < 60:
	case mood < 75:
		time.Sleep(r.span(5*time.Second, "slow letter", serial))
	case mood < 90:
		return errMood
	default:
		panic("the dead-letter handler panics")
	}
	taken = true
	return nil
}

func (r *simRun) interrupt(_ context.Context, i wire.InterruptInbound) {
	r.ledger.note("interrupt of %s", i.SessionKey)
	n := r.interrupting.Add(1)
	defer r.interrupting.Add(-1)
	if n > 1 {
		r.ledger.fault("%d interrupts of one session run at once", n)
	}
	switch mood := r.mood("interrupt", r.interrupts.Add(1)); {
	case mood < 70:
	case mood < 90:
		time.Sleep(time.Second)
	default:
		panic("the interrupt handler panics")
	}
}

// fatal notes how many dials there had been when the relay ended.
func (r *simRun) fatal(_ context.Context, f actors.Fatal) {
	r.ledger.note("fatal: %s", f.Message)
	if !r.fatalDials.CompareAndSwap(-1, int64(r.connector.srv.Dials())) {
		r.ledger.fault("the fatal handler was called twice")
	}
}
