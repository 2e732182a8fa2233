package actors_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
)

// FuzzStream has a connector send any bytes, cut into any pieces, to a live relay in virtual time, and then behave; see
// streamRun for what must hold. The engines of all inputs live in one actor system, since a new one takes longer than
// most inputs.
func FuzzStream(f *testing.F) {
	for _, seed := range streamSeeds() {
		f.Add([]byte(seed.stream), []byte(seed.cuts), byte(seed.mode))
	}
	bugs := &bugLog{}
	system := actor.NewActorSystem(actor.WithDeadLetterThrottleInterval(time.Millisecond),
		actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))
	cfg := actors.EngineConfig{System: system, Logger: slog.New(bugs)}
	f.Fuzz(func(t *testing.T, stream, cuts []byte, mode byte) {
		synctest.Test(t, func(t *testing.T) {
			newStreamRun(t, cfg, stream[:min(len(stream), maxStream)], cuts, streamMode(mode)).play()
		})
		if bug := bugs.found.Swap(nil); bug != nil {
			t.Errorf("a bug was logged: %s", *bug)
		}
	})
}

// maxStream is the most that is taken of an input, so that no input takes long.
const maxStream = 32 << 10

// bugLog is a slog.Handler that keeps the first record that tells of a panic.
type bugLog struct{ found atomic.Pointer[string] }

// Enabled implements slog.Handler.
func (*bugLog) Enabled(context.Context, slog.Level) bool { return true }

// Handle implements slog.Handler.
func (l *bugLog) Handle(_ context.Context, record slog.Record) error {
	text := record.Message
	record.Attrs(func(a slog.Attr) bool {
		text += fmt.Sprintf(" %s=%v", a.Key, a.Value)
		return true
	})
	if strings.Contains(text, "panicked") || strings.Contains(text, "internal error") ||
		strings.Contains(text, "does not understand") {
		l.found.CompareAndSwap(nil, &text)
	}
	return nil
}

// WithAttrs implements slog.Handler.
func (l *bugLog) WithAttrs([]slog.Attr) slog.Handler { return l }

// WithGroup implements slog.Handler.
func (l *bugLog) WithGroup(string) slog.Handler { return l }
