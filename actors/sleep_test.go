package actors_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// goIdle begins a GoIdle and returns where its answer comes.
func (w *world) goIdle(timeout time.Duration) <-chan bool {
	acked := make(chan bool, 1)
	go func() { acked <- w.relay.GoIdle(background, timeout) }()
	return acked
}

func TestGoIdleIsTrueOnTheAcknowledgementAndTheReaderServesUntilThen(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		acked := w.goIdle(0)
		conn.Expect(wire.KindGoingIdle)
		_ = conn.SendInbound(event("c1", "m1", "in the flip window"), "")
		w.wantEvents("in the flip window")
		_ = conn.Send(wire.AppendGoingIdleAck(nil))
		if !<-acked {
			t.Error("not acknowledged")
		}
	})
}

func TestGoIdleIsFalseOnTimeoutDropOrWithoutAConnection(t *testing.T) {
	inBubble(t, func(w *world) {
		if <-w.goIdle(0) {
			t.Error("acknowledged without a connection")
		}
		conn := w.ready()
		begun := time.Now()
		if <-w.goIdle(0) || time.Since(begun) != 10*time.Second {
			t.Errorf("acknowledged, or ended after %v", time.Since(begun))
		}
		conn.Expect(wire.KindGoingIdle)
		dropped := w.goIdle(0)
		conn.Expect(wire.KindGoingIdle)
		begun = time.Now()
		conn.Drop()
		if <-dropped || time.Since(begun) > time.Millisecond {
			t.Error("a drop acknowledged, or was waited for")
		}
	})
}

func TestConcurrentGoIdlesShareOneFrameAndKeepTheirOwnTimeouts(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		short, long := w.goIdle(time.Second), w.goIdle(time.Minute)
		conn.Expect(wire.KindGoingIdle)
		if <-short {
			t.Error("the short one was acknowledged")
		}
		_ = conn.Send(wire.AppendGoingIdleAck(nil))
		if !<-long {
			t.Error("the long one was not acknowledged")
		}
		synctest.Wait()
		if got := len(conn.Received()); got != 2 {
			t.Errorf("%d frames, want a hello and one going_idle", got)
		}
	})
}

func TestACancelledGoIdleLeavesNoTrace(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		ctx, cancel := context.WithTimeout(background, time.Second)
		defer cancel()
		if w.relay.GoIdle(ctx, time.Minute) {
			t.Error("acknowledged")
		}
		_ = conn.Send(wire.AppendGoingIdleAck(nil))
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.Ignored != 1 {
			t.Errorf("ignored: %d", s.Counters.Ignored)
		}
	})
}

// doze makes the relay go dormant over conn.
func (w *world) doze(conn interface {
	Expect(wire.Kind) []byte
	Send(...[]byte) error
}) {
	w.t.Helper()
	asleep := make(chan bool, 1)
	go func() { asleep <- w.relay.GoDormant(background, 0) }()
	conn.Expect(wire.KindGoingIdle)
	_ = conn.Send(wire.AppendGoingIdleAck(nil))
	if !<-asleep {
		w.t.Fatal("did not fall asleep")
	}
}

func TestGoDormantClosesTheSocketAndDialsAgainAfterASecond(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		begun := time.Now()
		w.doze(conn)
		if end := conn.AwaitEnd(); end == nil || end.Code != 1000 {
			t.Errorf("close is %+v", end)
		}
		s := w.wantState("dormant")
		if s.PlatformState != "connected" {
			t.Errorf("platform state is %s", s.PlatformState)
		}
		w.ready()
		if woke := time.Since(begun); woke != time.Second {
			t.Errorf("woke after %v", woke)
		}
	})
}

func TestGoDormantWithoutAnAcknowledgementStaysConnected(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		if w.relay.GoDormant(background, time.Second) {
			t.Error("fell asleep")
		}
		if s := w.wantState("ready"); s.Generation != 1 {
			t.Errorf("generation is %d", s.Generation)
		}
	})
}

func TestWakeDialsADormantRelayAtOnceAlsoWhenDialsAreHeld(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.relay.HoldRedial()
		w.doze(conn)
		conn.AwaitEnd()
		time.Sleep(10 * time.Second)
		if s := w.wantState("dormant"); !s.Held {
			t.Error("not held")
		}
		begun := time.Now()
		w.relay.Wake()
		w.ready()
		if took := time.Since(begun); took != 0 {
			t.Errorf("woke after %v", took)
		}
	})
}

func TestADormantRelayThatCannotDialClimbsTheLadder(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.srv.RefuseDial(nil)
		w.doze(conn)
		conn.AwaitEnd()
		time.Sleep(time.Second)
		if s := w.wantState("backoff"); s.Attempt != 1 {
			t.Errorf("attempt is %d", s.Attempt)
		}
	})
}

func TestAHoldParksDialsUntilItIsReleased(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.relay.HoldRedial()
		conn.Drop()
		time.Sleep(30 * time.Second)
		if w.srv.Dials() != 1 {
			t.Fatalf("dialled %d times", w.srv.Dials())
		}
		w.relay.ReleaseRedial()
		begun := time.Now()
		w.ready()
		if took := time.Since(begun); took != 0 {
			t.Errorf("dialled after %v", took)
		}
	})
}

func TestAHoldEndsByItselfAfterAMinute(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.relay.HoldRedial()
		begun := time.Now()
		conn.Drop()
		w.ready()
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("dialled after %v", took)
		}
	})
}

func TestAReleaseBeforeTheDialIsDueChangesNothing(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.relay.HoldRedial()
		w.relay.ReleaseRedial()
		begun := time.Now()
		conn.Drop()
		w.ready()
		if took := time.Since(begun); took < time.Second/2 || took > time.Second {
			t.Errorf("dialled after %v", took)
		}
	}, func(*actors.Config) {})
}

// goDormant begins a GoDormant, and returns where its answer comes.
func (w *world) goDormant(ctx context.Context, timeout time.Duration) <-chan bool {
	asleep := make(chan bool, 1)
	go func() { asleep <- w.relay.GoDormant(ctx, timeout) }()
	synctest.Wait()
	return asleep
}

func TestAGoDormantThatIsCancelledDoesNotSleep(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		ctx, cancel := context.WithCancel(background)
		asleep := w.goDormant(ctx, 0)
		conn.Expect(wire.KindGoingIdle)
		cancel()
		if <-asleep {
			t.Error("fell asleep")
		}
		_ = conn.Send(wire.AppendGoingIdleAck(nil))
		time.Sleep(time.Minute)
		if s := w.wantState("ready"); s.Generation != 1 {
			t.Errorf("generation is %d", s.Generation)
		}
	})
}

func TestAGoDormantThatIsCancelledAsTheRelayFallsAsleepTellsTheTruth(t *testing.T) {
	for range 200 { // the confirmation may come before the cancellation, or after
		inBubble(t, func(w *world) {
			conn := w.ready()
			ctx, cancel := context.WithCancel(background)
			asleep := w.goDormant(ctx, 0)
			conn.Expect(wire.KindGoingIdle)
			go cancel()
			_ = conn.Send(wire.AppendGoingIdleAck(nil))
			want := actors.Ready
			if <-asleep {
				want = actors.Dormant
			}
			w.wantState(want)
		})
	}
}

func TestTheRelaySleepsIfOneOfSeveralCallersStillWantsIt(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		first, cancelFirst := context.WithCancel(background)
		third, cancelThird := context.WithCancel(background)
		defer cancelThird()
		answers := []<-chan bool{w.goDormant(first, 0), w.goDormant(background, 0), w.goDormant(third, 0)}
		conn.Expect(wire.KindGoingIdle)
		cancelFirst()
		if <-answers[0] {
			t.Error("the first fell asleep")
		}
		_ = conn.Send(wire.AppendGoingIdleAck(nil))
		for i, answer := range answers[1:] {
			if !<-answer {
				t.Errorf("caller %d of the others did not fall asleep", i)
			}
		}
		w.wantState("dormant")
	})
}

func TestEachGoDormantHasItsOwnTimeout(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		begun := time.Now()
		long, short := w.goDormant(background, time.Minute), w.goDormant(background, time.Second)
		if <-short || time.Since(begun) != time.Second {
			t.Errorf("the short one ended after %v", time.Since(begun))
		}
		conn.Expect(wire.KindGoingIdle)
		_ = conn.Send(wire.AppendGoingIdleAck(nil))
		if !<-long {
			t.Error("the long one did not fall asleep")
		}
	})
}

func TestAGoDormantAfterOneThatWasCancelledIsOnItsOwn(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		ctx, cancel := context.WithCancel(background)
		cancelled := w.goDormant(ctx, time.Second)
		conn.Expect(wire.KindGoingIdle)
		cancel()
		<-cancelled
		again := w.goDormant(background, time.Minute)
		conn.Expect(wire.KindGoingIdle)
		time.Sleep(30 * time.Second)
		_ = conn.Send(wire.AppendGoingIdleAck(nil))
		if !<-again {
			t.Error("did not fall asleep")
		}
	})
}
