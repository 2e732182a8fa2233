package actors_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hermod/actors"
)

func TestEveryInterruptIsAnsweredWhateverBecomesOfItsConnection(t *testing.T) {
	inBubble(t, func(w *world) {
		ctx, stop := context.WithCancel(background)
		var callers sync.WaitGroup
		var queued atomic.Int32
		for range 8 {
			callers.Go(func() {
				for ctx.Err() == nil {
					limit, cancel := context.WithTimeout(background, time.Minute)
					err := w.relay.Interrupt(limit, "k", nil)
					cancel()
					switch {
					case err == nil:
						queued.Add(1)
					case errors.Is(err, context.DeadlineExceeded):
						t.Error("no answer in a minute")
					default:
						_, _ = w.relay.Handshake(ctx)
					}
				}
			})
		}
		for i := range 70 {
			conn, before := w.ready(), queued.Load()
			for queued.Load() < before+int32(i) {
				runtime.Gosched()
			}
			conn.Drop()
		}
		stop()
		callers.Wait()
	})
}

func TestAnInterruptThatIsTooLargeIsRefusedWithoutTouchingTheLink(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		reason := strings.Repeat("x", 1<<20)
		if err := w.relay.Interrupt(background, "k", &reason); !errors.Is(err, actors.ErrSendFailed) {
			t.Errorf("error is %v", err)
		}
		w.wantState("ready")
	})
}
