package actors_test

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/wire"
)

func TestWatchTellsTheCurrentStateEachChangeAndTheEnd(t *testing.T) {
	inBubble(t, func(w *world) {
		changes := w.relay.Watch(background)
		conn := w.ready()
		conn.Drop()
		synctest.Wait()
		if err := w.relay.Close(background); err != nil {
			t.Error(err)
		}
		var states []actors.State
		for s := range changes {
			if len(states) == 0 || states[len(states)-1] != s.State {
				states = append(states, s.State)
			}
		}
		want := []actors.State{"connecting", "handshaking", "ready", "backoff", "closed"}
		if first := slices.Index(want, states[0]); first < 0 || !slices.Equal(states, want[first:]) {
			t.Errorf("states were %v, want %v from the current one on", states, want)
		}
		last, open := <-w.relay.Watch(background)
		if !open || last.State != "closed" {
			t.Errorf("a watch after the end tells %+v", last)
		}
	})
}

func TestASlowWatcherLosesTheOldestChangesNeverTheNewest(t *testing.T) {
	inBubble(t, func(w *world) {
		ctx, cancel := context.WithCancel(background)
		changes := w.relay.Watch(ctx)
		for range 40 {
			w.ready().Drop()
			synctest.Wait()
		}
		now := w.relay.Status()
		cancel()
		synctest.Wait()
		var last actors.Status
		count := 0
		for s := range changes {
			last = s
			count++
		}
		if last.State != now.State || last.Generation != now.Generation || count > 64 {
			t.Errorf("last of %d is %s of generation %d, want %s of %d", count, last.State, last.Generation, now.State, now.Generation)
		}
	})
}

// toldContext counts who waits for its end.
type toldContext struct {
	context.Context
	waiting atomic.Int32
}

// AfterFunc is what context.AfterFunc calls.
func (c *toldContext) AfterFunc(f func()) (stop func() bool) {
	c.waiting.Add(1)
	forget := context.AfterFunc(c.Context, f)
	return func() bool {
		stopped := forget()
		if stopped {
			c.waiting.Add(-1)
		}
		return stopped
	}
}

// Value hides the context inside, to which package context would turn otherwise.
func (*toldContext) Value(any) any { return nil }

func TestTheContextOfAWatchForgetsARelayThatHasEnded(t *testing.T) {
	for name, end := range map[string]func(*world, context.Context){
		"closed while it is watched": func(w *world, ctx context.Context) {
			w.relay.Watch(ctx)
			_ = w.relay.Close(background)
		},
		"disabled while it is watched": func(w *world, ctx context.Context) {
			conn := w.ready()
			w.relay.Watch(ctx)
			_ = conn.CloseWith(wire.CloseUnauthorized, "")
			w.wantState(actors.Disabled)
		},
		"disabled before it is watched": func(w *world, ctx context.Context) {
			_ = w.ready().CloseWith(wire.CloseUnauthorized, "")
			w.wantState(actors.Disabled)
			w.relay.Watch(ctx)
		},
		"closed before it is watched": func(w *world, ctx context.Context) {
			_ = w.relay.Close(background)
			w.relay.Watch(ctx)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				ctx, cancel := context.WithCancel(background)
				defer cancel()
				counted := &toldContext{Context: ctx}
				end(w, counted)
				synctest.Wait()
				if left := counted.waiting.Load(); left != 0 {
					t.Errorf("%d watches wait for the context's end", left)
				}
			})
		})
	}
}

func TestAWatchWhoseContextHasEndedBeforeItBeganIsClosed(t *testing.T) {
	inBubble(t, func(w *world) {
		ctx, cancel := context.WithCancel(background)
		cancel()
		var watches []<-chan actors.Status
		for range 200 { // the end may come to the relay before the watch does, or after
			watches = append(watches, w.relay.Watch(ctx))
		}
		synctest.Wait()
		for _, changes := range watches {
			for len(changes) > 0 {
				<-changes
			}
			select {
			case <-changes:
			default:
				t.Fatal("it is open")
			}
		}
	})
}
