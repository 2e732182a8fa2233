package actors_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// stubborn has the handler of one kind wait for hold, and only for that.
var stubborn = map[string]func(w *world, conn *wiretest.Conn, hold func()){
	"inbound": func(w *world, conn *wiretest.Conn, hold func()) {
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { hold(); return nil }
		_ = conn.SendInbound(event("c1", "m1", "x"), "b1")
	},
	"passthrough": func(w *world, conn *wiretest.Conn, hold func()) {
		w.gate.onPassthrough = func(context.Context, *actors.Passthrough) error { hold(); return nil }
		_ = conn.Send(wire.AppendPassthroughForward(nil, []byte(`{}`), "p1"))
	},
	"interrupt": func(w *world, conn *wiretest.Conn, hold func()) {
		w.gate.onInterrupt = func(context.Context, wire.InterruptInbound) { hold() }
		_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k"}))
	},
	"dead letter": func(w *world, conn *wiretest.Conn, hold func()) {
		w.gate.onDeadLetter = func(context.Context, *actors.DeadLetter) error { hold(); return nil }
		_ = conn.Send([]byte(`{"type":"inbound","event":5}` + "\n"))
	},
	"fatal": func(w *world, conn *wiretest.Conn, hold func()) {
		w.gate.onFatal = hold
		_ = conn.CloseWith(wire.CloseUnauthorized, "")
	},
}

// closed says whether a channel is closed, when nothing else happens any more.
func closed(ch <-chan struct{}) bool {
	synctest.Wait()
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// wantHandlers fails unless err is a timeout that counts so many handlers.
func wantHandlers(t *testing.T, err error, want int) {
	t.Helper()
	var timeout *actors.CloseTimeoutError
	if !errors.Is(err, actors.ErrCloseTimeout) || !errors.As(err, &timeout) || timeout.Handlers != want {
		t.Errorf("the error is %v, want one that counts %d handlers", err, want)
	}
}

func TestCloseCountsTheHandlersThatStillRunAndDoneWaitsForThem(t *testing.T) {
	for kind, start := range stubborn {
		t.Run(kind, func(t *testing.T) {
			inBubble(t, func(w *world) {
				relay, release := w.relay, make(chan struct{})
				start(w, w.ready(), func() {
					<-release
					relay.Status() // the relay's actor is gone: nothing may wait for it
					_, _ = relay.Send(background, wire.NewTyping("c1"))
				})
				synctest.Wait()
				begun := time.Now()
				wantHandlers(t, relay.Close(background), 1)
				if took := time.Since(begun); took != 10*time.Second {
					t.Errorf("closed after %v, want 10 s", took)
				}
				if closed(relay.Done()) || !closed(relay.Ended()) {
					t.Errorf("done: %v, ended: %v", closed(relay.Done()), closed(relay.Ended()))
				}
				w.gate.onInbound, w.gate.onPassthrough = nil, nil
				w.relay = w.spawn("bot") // its name is free
				wantHandlers(t, relay.Close(background), 1)
				close(release)
				if !closed(relay.Done()) {
					t.Error("not done when the handler has returned")
				}
				if err := relay.Close(background); err != nil {
					t.Errorf("closed again: %v", err)
				}
			})
		})
	}
}

func TestCloseWaitsForAHandlerAsLongAsItsContextAllows(t *testing.T) {
	for kind, start := range stubborn {
		t.Run(kind, func(t *testing.T) {
			inBubble(t, func(w *world) {
				running := true
				start(w, w.ready(), func() { time.Sleep(20 * time.Second); running = false })
				synctest.Wait()
				ctx, cancel := context.WithTimeout(background, 25*time.Second)
				defer cancel()
				if err := w.relay.Close(ctx); err != nil || running {
					t.Errorf("closed with %v, a handler runs: %v", err, running)
				}
				if !closed(w.relay.Done()) {
					t.Error("not done")
				}
			})
		})
	}
}

func TestCloseThatCutsOffCountsTheHandlersThatRun(t *testing.T) {
	inBubble(t, func(w *world) {
		relay, release := w.relay, make(chan struct{})
		conn := w.ready()
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
		for _, chat := range []string{"c1", "c2", "c3"} {
			_ = conn.SendInbound(event(chat, "m", "x"), "b"+chat)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		wantHandlers(t, relay.Close(ctx), 3)
		w.relay = w.spawn("bot") // its name is free
		close(release)
		if !closed(relay.Done()) {
			t.Error("not done when the handlers have returned")
		}
	})
}

func TestClosingTheEngineCountsTheHandlersOfAllRelays(t *testing.T) {
	for name, budget := range map[string]time.Duration{"cut off": time.Second, "in order": 0} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				release := make(chan struct{})
				w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
				relays := []*actors.Relay{w.relay}
				_ = w.ready().SendInbound(event("c1", "m", "x"), "b")
				for _, other := range []string{"closed before", "open"} {
					w.relay = w.spawn(other)
					conn := w.ready()
					for _, chat := range []string{"c1", "c2"} {
						_ = conn.SendInbound(event(chat, "m", "x"), "b"+chat)
					}
					relays = append(relays, w.relay)
				}
				synctest.Wait()
				wantHandlers(t, relays[1].Close(background), 2)
				ctx := background
				if budget > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(background, budget)
					defer cancel()
				}
				wantHandlers(t, w.engine.Close(ctx), 5)
				close(release)
				for _, relay := range relays {
					if !closed(relay.Done()) {
						t.Errorf("%s is not done when its handlers have returned", relay.Name())
					}
				}
				if err := w.engine.Close(background); err != nil {
					t.Errorf("closed again: %v", err)
				}
			})
		})
	}
}

func TestClosingTheEngineWaitsForAHandlerOfARelayThatWasClosedBefore(t *testing.T) {
	inBubble(t, func(w *world) {
		running := true
		w.gate.onInbound = func(context.Context, *actors.Inbound) error {
			time.Sleep(15 * time.Second)
			running = false
			return nil
		}
		_ = w.ready().SendInbound(event("c1", "m", "x"), "b")
		synctest.Wait()
		wantHandlers(t, w.relay.Close(background), 1)
		if err := w.engine.Close(background); err != nil || running {
			t.Errorf("closed with %v, a handler runs: %v", err, running)
		}
	})
}
