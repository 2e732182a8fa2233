package actors_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

func TestCloseDrainsPendingRequestsThenClosesNormally(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		pending := w.send(background, "x")
		line := conn.Expect(wire.KindOutbound)
		closed := make(chan error, 1)
		go func() { closed <- w.relay.Close(background) }()
		synctest.Wait()
		(<-w.send(background, "late")).want(t, actors.ErrClosed, "relay transport closed", false)
		time.Sleep(2 * time.Second)
		_ = conn.Answer(line, wire.ParseResult([]byte(`{"success":true}`)))
		if got := <-pending; got.err != nil || !got.result.Success {
			t.Errorf("got %+v, %v", got.result, got.err)
		}
		if end := conn.AwaitEnd(); end == nil || end.Code != 1000 {
			t.Errorf("close is %+v", end)
		}
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if s := w.relay.Status(); s.State != "closed" {
			t.Errorf("state is %s", s.State)
		}
	})
}

func TestCloseGivesPendingRequestsTheirGraceAndNoMore(t *testing.T) {
	for _, c := range []struct{ budget, grace time.Duration }{{0, 5 * time.Second}, {20 * time.Second, 5 * time.Second},
		{4 * time.Second, time.Second / 2}, {3 * time.Second, 0}} {
		inBubble(t, func(w *world) {
			w.ready()
			pending := w.send(background, "x")
			synctest.Wait()
			ctx, cancel := background, context.CancelFunc(func() {})
			if c.budget > 0 {
				ctx, cancel = context.WithTimeout(background, c.budget)
			}
			defer cancel()
			begun := time.Now()
			closed := make(chan error, 1)
			go func() { closed <- w.relay.Close(ctx) }()
			got := <-pending
			if !errors.Is(got.err, actors.ErrClosed) || got.result.Error != "relay transport closed" ||
				got.took-c.grace > 3*time.Second || got.took < c.grace {
				t.Errorf("budget %v: got %+v after %v", c.budget, got.result, got.took)
			}
			if err := <-closed; err != nil || time.Since(begun) > c.grace+3*time.Second {
				t.Errorf("budget %v: %v after %v", c.budget, err, time.Since(begun))
			}
		})
	}
}

func TestCloseLetsQueuedDeliveriesFinishAndAcknowledgesThem(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { time.Sleep(time.Second); return nil }
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "a"), "b1")
		_ = conn.SendInbound(event("c1", "m2", "b"), "b2")
		synctest.Wait()
		closed := make(chan error, 1)
		go func() { closed <- w.relay.Close(background) }()
		conn.Expect(wire.KindInboundAck)
		conn.Expect(wire.KindInboundAck)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		w.wantEvents("a", "b")
	})
}

func TestADeliveryThatComesWhileClosingIsLeftToBeReplayed(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.send(background, "holds the drain")
		conn.Expect(wire.KindOutbound)
		go func() { _ = w.relay.Close(background) }()
		synctest.Wait()
		_ = conn.SendInbound(event("c1", "m1", "late"), "b1")
		conn.AwaitEnd()
		if got := len(conn.Received()); got != 2 || len(w.gate.got()) != 0 {
			t.Errorf("%d frames, handled %q", got, w.gate.got())
		}
		<-w.relay.Done()
	})
}

func TestClosingEndsEveryStateInTimeAndTwiceIsFine(t *testing.T) {
	for name, prepare := range map[string]func(*world){
		"dialing":     func(w *world) { conn := w.ready(); w.srv.HangDial(); conn.Drop(); time.Sleep(2 * time.Second) },
		"upgrading":   func(w *world) { conn := w.ready(); w.srv.HangUpgrade(); conn.Drop(); time.Sleep(2 * time.Second) },
		"handshaking": func(w *world) { w.srv.Accept().Expect(wire.KindHello) },
		"ready":       func(w *world) { w.ready() },
		"backoff":     func(w *world) { w.ready().Drop() },
		"dormant":     func(w *world) { w.doze(w.ready()) },
		"disabled":    func(w *world) { _ = w.ready().CloseWith(4401, "") },
		"stalled peer": func(w *world) {
			w.ready().StallReads()
			for range 3 {
				w.send(background, string(make([]byte, 100<<10)))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				prepare(w)
				synctest.Wait()
				begun := time.Now()
				for range 2 {
					if err := w.relay.Close(background); err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(begun); took > 8*time.Second {
					t.Errorf("closed after %v", took)
				}
				if _, err := w.relay.Handshake(background); !errors.Is(err, actors.ErrClosed) && name != "disabled" {
					t.Errorf("handshake after the end: %v", err)
				}
				if s := w.relay.Status(); !s.State.Final() || s.Pending != 0 {
					t.Errorf("status is %+v", s)
				}
				(<-w.send(background, "x")).want(t, actors.ErrClosed, "relay transport closed", false)
			})
		})
	}
}

func TestCloseThatRunsOutOfTimeSaysSoAndCutsOff(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.send(background, "holds the drain")
		conn.Expect(wire.KindOutbound)
		ctx, cancel := context.WithCancel(background)
		cancel()
		if err := w.relay.Close(ctx); !errors.Is(err, actors.ErrCloseTimeout) || !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v", err)
		}
		<-w.relay.Done()
		synctest.Wait()
		if s := w.relay.Status(); s.State != actors.Closed || len(w.gate.fatals) != 0 {
			t.Errorf("a relay that was cut off is %s, fatals %+v", s.State, w.gate.fatals)
		}
	})
}
