package actors_test

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"

	"hermod/actors"
)

// picky wants the debug lines of one relay only, and has others' counted as a fault.
type picky struct {
	logTo
	relay string
	named string
}

func (p picky) Enabled(_ context.Context, level slog.Level) bool {
	return level > slog.LevelDebug || p.named == p.relay
}

func (p picky) Narrow(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		if a.Key == "bot" {
			p.named = a.Value.String()
		}
	}
	return p
}

func TestALoggerThatNarrowsGetsTheDebugLinesOfOneRelay(t *testing.T) {
	for relay, want := range map[string]int{"bot": 3, "another": 1} {
		_, book := newLogger(nil)
		inBubble(t, func(w *world) {
			w.ready()
			synctest.Wait()
			if lines := book.written(); len(lines) != want { // connecting, handshaking and ready, or ready alone
				t.Errorf("a logger for %s has %q", relay, lines)
			}
		}, func(c *actors.Config) { c.Logger = slog.New(picky{logTo: logTo{logBook: book}, relay: relay}) })
	}
}
