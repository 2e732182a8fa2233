package fleet_test

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
)

// latecomer is an observer that notes when it is asked for what.
type latecomer struct{ asked chan string }

func (l latecomer) Expect(bot *config.Bot) { l.asked <- "expects " + bot.Name }

func (l latecomer) Handlers(bot *config.Bot, h actors.Handlers) actors.Handlers {
	l.asked <- "handles " + bot.Name
	return h
}

func (latecomer) Sending(context.Context, string, wire.Action, string) func(wire.Result, error) {
	return func(wire.Result, error) {}
}

func TestWhatObservesABotsHandlersIsMadeOnceAtItsFirstDelivery(t *testing.T) {
	l := latecomer{asked: make(chan string, 16)}
	inBubble(t, func(o *fleet.Options) { o.Observer = l }, func(w *world) {
		w.apply(bot("a"), bot("idle"))
		var before []string
		for len(l.asked) > 0 {
			before = append(before, <-l.asked)
		}
		if slices.Sort(before); !slices.Equal(before, []string{"expects a", "expects idle"}) {
			t.Errorf("before any delivery the observer was asked: %q", before)
		}
		for range 3 {
			w.inject("a", "hello")
			synctest.Wait()
		}
		if asked := <-l.asked; asked != "handles a" || len(l.asked) > 0 {
			t.Errorf("three deliveries one after the other: %q, and %d more times", asked, len(l.asked))
		}
	})
}
