package actors_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/messages"
	"hermod/supervisor"
	"hermod/wire"
)

// sleep has the relay go dormant over a connection that confirms.
func (w *world) sleep() {
	w.t.Helper()
	asleep := make(chan bool, 1)
	conn := w.ready()
	go func() { asleep <- w.relay.GoDormant(context.Background(), time.Second) }()
	conn.Await(wire.KindGoingIdle)
	if err := conn.Send(wire.AppendGoingIdleAck(nil)); err != nil {
		w.t.Fatal(err)
	}
	if !<-asleep {
		w.t.Fatal("the relay did not go dormant")
	}
	conn.AwaitEnd()
}

func TestARevocationAfterASleepIsFinalOnceConfirmed(t *testing.T) {
	inBubble(t, func(w *world) {
		w.sleep()
		for range 2 {
			if err := w.srv.Accept().CloseWith(wire.CloseUnauthorized, "unauthorized"); err != nil {
				w.t.Fatal(err)
			}
		}
		w.wantState(messages.Disabled)
	})
}

func TestASleepAfterAShortConnectionDoesNotResetTheLadder(t *testing.T) {
	inBubble(t, func(w *world) {
		for range 3 {
			w.ready().Drop()
			w.wantState(messages.Backoff)
		}
		w.sleep()
		w.ready().Drop()
		if got := w.wantState(messages.Backoff).Attempt; got != 4 {
			w.t.Errorf("attempt %d after three drops, a sleep and a drop; want 4", got)
		}
	})
}

func TestAConfirmingDialWaitsWhileDialsAreHeld(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.relay.HoldRedial()
		synctest.Wait()
		if err := conn.CloseWith(wire.CloseUnauthorized, "unauthorized"); err != nil {
			w.t.Fatal(err)
		}
		time.Sleep(10 * time.Second)
		w.wantState(messages.Backoff)
		if dials := w.srv.Dials(); dials != 1 {
			w.t.Fatalf("%d dials while they were held, want none after the first", dials-1)
		}
		w.relay.ReleaseRedial()
		w.ready()
	}, func(c *actors.Config) { c.Strategy = supervisor.Confirm })
}

func TestAWatchBegunAtTheEndOfARelayIsClosed(t *testing.T) {
	inBubble(t, func(w *world) {
		for i := range 200 {
			relay := w.spawn("short-lived")
			go relay.Close(context.Background())
			for range i % 20 {
				runtime.Gosched() // the end may have come to any point
			}
			changes := relay.Watch(context.Background())
			time.Sleep(time.Minute)
			var last actors.Status
			for len(changes) > 0 {
				last = <-changes
			}
			select {
			case <-changes:
			default:
				w.t.Fatal("the watch of a relay that has ended is not closed")
			}
			if last.State != messages.Closed {
				w.t.Fatalf("the last state is %q, want %q", last.State, messages.Closed)
			}
			<-relay.Done()
		}
	})
}
