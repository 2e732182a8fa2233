package fleet_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
)

// witness is an observer that notes what it sees.
type witness struct{ seen chan string }

func (w witness) Expect(*config.Bot) {}

func (w witness) Handlers(bot *config.Bot, h actors.Handlers) actors.Handlers {
	next := h.Inbound
	h.Inbound = func(ctx context.Context, d *actors.Inbound) error {
		w.seen <- bot.Name + " takes " + d.Event.Text
		return next(ctx, d)
	}
	return h
}

func (w witness) Sending(_ context.Context, bot string, a wire.Action, platform string) func(wire.Result, error) {
	w.seen <- bot + " sends " + a.Op() + " via " + platform
	return func(r wire.Result, err error) {
		if r.Success && err == nil {
			w.seen <- bot + " has sent"
		}
	}
}

func (w witness) all() (seen []string) {
	for len(w.seen) > 0 {
		seen = append(seen, <-w.seen)
	}
	return seen
}

func TestTheObserverSeesDeliveriesAndRequests(t *testing.T) {
	w := witness{seen: make(chan string, 16)}
	inBubble(t, func(o *fleet.Options) { o.Observer = w }, func(world *world) {
		world.apply(bot("a"), bot("sleeps", off))
		world.inject("a", "hello")
		if _, err := world.bot("a").Send(background, wire.NewSend("c1", "x"), "discord"); err != nil {
			t.Errorf("send: %v", err)
		}
		if _, err := world.bot("a").Send(background, wire.NewTyping("c1"), ""); err != nil {
			t.Errorf("send: %v", err)
		}
		if _, err := world.bot("sleeps").Send(background, wire.NewTyping("c1"), ""); !errors.Is(err, fleet.ErrNotRunning) {
			t.Errorf("sent for a bot that does not run: %v", err)
		}
		want := []string{"a takes hello", "a sends send via discord", "a has sent", "a sends typing via ", "a has sent"}
		if seen := w.all(); !slices.Equal(seen, want) {
			t.Errorf("saw %q, want %q", seen, want)
		}
	})
}

func TestTotalsGoOnAcrossRestarts(t *testing.T) {
	inBubble(t, nil, func(w *world) {
		w.apply(bot("a"))
		w.inject("a", "1")
		w.conn("a").Drop()
		w.want("a", actors.Backoff, "retrying")
		w.bot("a").Reconnect()
		w.want("a", actors.Ready, "connected")
		w.apply(bot("a", changed))
		w.inject("a", "2")
		status := w.want("a", actors.Ready, "connected")
		got := status.Totals()
		if status.Starts != 2 || status.Generation != 1 || got.Dials != 3 || got.Handshakes != 3 ||
			got.Counters.Handled != 2 {
			t.Errorf("%d starts, generation %d, totals %+v", status.Starts, status.Generation, got)
		}
		if ends := got.Ends[actors.LinkEnd{Cause: "lost"}]; ends != 1 || len(got.Ends) != 1 {
			t.Errorf("ends are %v", got.Ends)
		}
	})
}
