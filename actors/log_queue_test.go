package actors

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/messages"
	"hermod/wire/wiretest"
)

// gatedWriter holds each write until the gate is open.
type gatedWriter struct {
	gate chan struct{}
	bytes.Buffer
}

func (w *gatedWriter) Write(p []byte) (int, error) {
	<-w.gate
	return w.Buffer.Write(p)
}

func TestLogLinesBeyondTheBoundAreDroppedAndCountedLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &gatedWriter{gate: make(chan struct{})}
		queue := newLogQueue()
		logger := queue.behind(slog.New(slog.NewTextHandler(out, nil))).With("a", 1).WithGroup("g")
		logger.Info("the first")
		synctest.Wait() // it is being written, so the queue is empty
		for range maxLogLines {
			logger.Info("kept")
		}
		for range 70 {
			logger.Info("too much")
		}
		close(out.gate)
		if err := queue.flush(t.Context()); err != nil {
			t.Error(err)
		}
		text := out.String()
		if kept := strings.Count(text, "msg=kept a=1\n"); kept != maxLogLines || strings.Contains(text, "too much") {
			t.Errorf("%d lines were kept", kept)
		}
		if want := "msg=\"log lines were dropped\" a=1 g.count=70\n"; strings.Count(text, want) != 1 {
			t.Errorf("the log does not say once that 70 lines were dropped: %.300s", text)
		}
	})
}

// stuckWatcher holds its relay's actor up until the gate is open.
type stuckWatcher struct{ gate chan struct{} }

// StatusChanged implements messages.Watcher.
func (w stuckWatcher) StatusChanged(Status) { <-w.gate }

// WatchEnded implements messages.Watcher.
func (stuckWatcher) WatchEnded() {}

func TestClosingReturnsWithItsContextThoughARelayIsStuck(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, _ *wiretest.Conn) {
		gate := make(chan struct{})
		relay.Tell(&messages.WatchStatus{Watcher: stuckWatcher{gate}})
		engine, err := New(EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		stuck, err := engine.Spawn("stuck", Config{URL: "ws://x", Dial: relay.cfg.Dial, Identities: relay.cfg.Identities,
			Handlers: relay.cfg.Handlers})
		if err != nil {
			t.Fatal(err)
		}
		stuck.Tell(&messages.WatchStatus{Watcher: stuckWatcher{gate}})
		for name, end := range map[string]func(context.Context) error{"relay": relay.Close, "engine": engine.Close} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			begun := time.Now()
			if err := end(ctx); !errors.Is(err, ErrCloseTimeout) || time.Since(begun) > time.Minute+cutOffWait {
				t.Errorf("%s: %v after %v", name, err, time.Since(begun))
			}
			cancel()
		}
		close(gate)
		<-relay.Done()
		<-stuck.Done()
		<-engine.done
	})
}

func TestWhatSurroundsTheRelaysLogsInOrderWithThem(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, _ *wiretest.Conn) {
		var lines []string
		engine, err := New(EngineConfig{Logger: slog.New(slog.NewTextHandler(lineWriter{&lines}, nil))})
		if err != nil {
			t.Fatal(err)
		}
		outer := engine.Logger().With("who", "outer")
		for range 50 {
			engine.logs.behind(outer).Info("outer")
			engine.log.Info("inner")
		}
		if err := engine.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if len(lines) != 100 {
			t.Fatalf("%d lines", len(lines))
		}
		for i, line := range lines {
			if outer := strings.Contains(line, "msg=outer who=outer"); outer != (i%2 == 0) {
				t.Errorf("line %d is %q", i, line)
			}
		}
	})
}

// lineWriter keeps each line that is written.
type lineWriter struct{ lines *[]string }

// Write implements io.Writer.
func (w lineWriter) Write(p []byte) (int, error) {
	*w.lines = append(*w.lines, string(p))
	return len(p), nil
}
