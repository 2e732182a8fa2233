package actors_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// logTo is a log handler that calls a function for each line, and keeps what was written.
type logTo struct {
	*logBook
	attrs string
}

type logBook struct {
	before func() // runs before each line is written; may be nil
	mu     sync.Mutex
	lines  []string // the messages, with the attributes of the logger
}

func newLogger(before func()) (*slog.Logger, *logBook) {
	book := &logBook{before: before}
	return slog.New(logTo{logBook: book}), book
}

func (b *logBook) written() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.lines)
}

// Enabled implements slog.Handler.
func (l logTo) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (l logTo) Handle(_ context.Context, r slog.Record) error {
	if l.before != nil {
		l.before()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.lines = append(l.lines, r.Message+l.attrs)
	return nil
}

// WithAttrs implements slog.Handler.
func (l logTo) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		l.attrs += " " + a.String()
	}
	return l
}

// WithGroup implements slog.Handler.
func (l logTo) WithGroup(string) slog.Handler { return l }

func logged(logger *slog.Logger) func(*actors.Config) {
	return func(c *actors.Config) { c.Logger = logger }
}

func TestALoggerMayUseTheRelayThatLogs(t *testing.T) {
	var relay atomic.Pointer[actors.Relay]
	logger, book := newLogger(func() {
		if r := relay.Load(); r != nil {
			r.Status()
			_, _ = r.Send(background, wire.NewTyping("c1"))
		}
	})
	inBubble(t, func(w *world) {
		relay.Store(w.relay)
		for range 3 {
			w.ready().Drop()
			w.wantState("backoff")
		}
		if err := w.engine.Close(background); err != nil {
			t.Error(err)
		}
		if lines := book.written(); !slices.Contains(lines, "closed bot=bot") {
			t.Errorf("the log is %q", lines)
		}
	}, logged(logger))
}

func TestALoggerThatBlocksForEverHoldsUpNeitherARelayNorItsEnd(t *testing.T) {
	var blocked atomic.Pointer[chan struct{}]
	logger, _ := newLogger(func() {
		if ch := blocked.Load(); ch != nil {
			<-*ch
		}
	})
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		blocked.Store(&release)
		w.ready().Drop()
		conn := w.ready()
		outcome := w.send(background, "x")
		_ = conn.Answer(conn.Expect(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`)))
		if got := <-outcome; got.err != nil || got.took != 0 {
			t.Errorf("got %v after %v", got.err, got.took)
		}
		begun := time.Now()
		if err := w.relay.Close(background); err != nil || time.Since(begun) != 0 {
			t.Errorf("relay: %v after %v", err, time.Since(begun))
		}
		ctx, cancel := context.WithTimeout(background, time.Second/2)
		defer cancel()
		if err := w.engine.Close(ctx); !errors.Is(err, actors.ErrCloseTimeout) || time.Since(begun) != time.Second/2 {
			t.Errorf("engine: %v after %v", err, time.Since(begun))
		}
		begun = time.Now()
		if err := w.engine.Close(background); err != nil || time.Since(begun) != time.Second {
			t.Errorf("engine, without a limit: %v after %v", err, time.Since(begun))
		}
		close(release)
	}, logged(logger))
}

func TestWhatWasLoggedBeforeTheEndIsWrittenBeforeItInOrder(t *testing.T) {
	logger, book := newLogger(func() { time.Sleep(600 * time.Millisecond) })
	inBubble(t, func(w *world) {
		cfg := w.config()
		cfg.Logger = logger
		props, err := w.engine.RelayProps("other", cfg)
		if err != nil {
			t.Fatal(err)
		}
		conn := w.ready()
		other := w.engine.System().Root.Spawn(props)
		w.srv.Accept().Handshake()
		conn.Drop()
		w.ready()
		if err := w.engine.System().Root.StopFuture(other).Wait(); err != nil {
			t.Error(err)
		}
		if err := w.engine.Close(background); err != nil {
			t.Error(err)
		}
		var bot, rest []string
		for _, line := range book.written() {
			if before, ours := strings.CutSuffix(line, " bot=bot"); ours {
				bot = append(bot, before)
			} else {
				rest = append(rest, line)
			}
		}
		dial := []string{"connecting", "handshaking", "ready"}
		if want := slices.Concat(dial, []string{"link ended; dialling again"}, dial, []string{"closed"}); !slices.Equal(bot, want) {
			t.Errorf("the log of the one relay is %q, want %q", bot, want)
		}
		if want := []string{"connecting bot=other", "handshaking bot=other", "ready bot=other",
			"closed bot=other"}; !slices.Equal(rest, want) {
			t.Errorf("the log of the other is %q, want %q", rest, want)
		}
	}, logged(logger))
}

func TestALoggerThatFailsLosesItsLineAndNothingElse(t *testing.T) {
	var lines atomic.Int32
	logger, book := newLogger(func() {
		switch lines.Add(1) {
		case 1:
			panic("boom")
		case 2:
			runtime.Goexit()
		}
	})
	inBubble(t, func(w *world) {
		w.ready()
		synctest.Wait()
		if got := book.written(); !slices.Equal(got, []string{"ready bot=bot"}) {
			t.Errorf("the log is %q", got)
		}
	}, logged(logger))
}
