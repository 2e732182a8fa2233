package actors_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// chatter is one message of live events of one chat.
func chatter(chat string, events int) (message []byte) {
	for i := range events {
		message = wire.AppendInbound(message, event(chat, fmt.Sprint(chat, i), fmt.Sprint(chat, i)), "")
	}
	return message
}

func TestNoHandlerBeginsAfterClose(t *testing.T) {
	inBubble(t, func(w *world) {
		var begun atomic.Int32
		w.gate.onInbound = func(context.Context, *actors.Inbound) error {
			begun.Add(1)
			time.Sleep(300 * time.Millisecond)
			return nil
		}
		_ = w.ready().Send(chatter("c1", 25))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
		defer cancel()
		if err := w.relay.Close(ctx); err != nil {
			t.Error(err)
		}
		<-w.relay.Done()
		atClose := begun.Load()
		time.Sleep(time.Minute)
		if late := begun.Load() - atClose; late != 0 || atClose > 5 {
			t.Errorf("%d handlers began before the end, %d after it", atClose, late)
		}
	})
}

func TestEventsThatWereHandledAreSettledWhileALaterOneOfTheirChatTakesLong(t *testing.T) {
	inBubble(t, func(w *world) {
		slow := make(chan struct{})
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			if d.Event.Text == "c17" {
				<-slow
			}
			return nil
		}
		_ = w.ready().Send(chatter("c1", 10))
		time.Sleep(10 * time.Millisecond)
		synctest.Wait()
		if s := w.relay.Status(); s.Queued != 3 || s.Counters.Handled != 7 {
			t.Errorf("%d queued, %d handled, want 3 and 7", s.Queued, s.Counters.Handled)
		}
		close(slow)
		synctest.Wait()
		if s := w.relay.Status(); s.Queued != 0 || s.Counters.Handled != 10 {
			t.Errorf("%d queued, %d handled, want 0 and 10", s.Queued, s.Counters.Handled)
		}
	})
}

func TestEventsOfASlowChatAreSettledOneByOne(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { time.Sleep(time.Second); return nil }
		_ = w.ready().Send(chatter("c1", 40))
		time.Sleep(time.Second / 2)
		for left := 40; left >= 0; left-- {
			if queued := w.relay.Status().Queued; queued != left {
				t.Fatalf("%d queued, want %d", queued, left)
			}
			time.Sleep(time.Second)
		}
	})
}

// buffered is one message of events of one chat that are to be acknowledged.
func buffered(chat string, events int) (message []byte) {
	for i := range events {
		name := fmt.Sprint(chat, i)
		message = wire.AppendInbound(message, event(chat, name, name), name)
	}
	return message
}

func TestAnAcknowledgementWaitsForNoLaterHandlerOfItsChat(t *testing.T) {
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
		conn := w.ready()
		_ = conn.Send(buffered("c1", 10))
		for i := range 10 {
			release <- struct{}{}
			synctest.Wait() // the next handler runs, in no time
			if acks := w.relay.Status().Counters.Acks; acks != uint64(i+1) {
				t.Errorf("%d handlers have returned, %d are acknowledged", i+1, acks)
			}
		}
	})
}

func TestOfDeliveriesInARowOnlyThoseThatWereHandledAreAcknowledged(t *testing.T) {
	inBubble(t, func(w *world) {
		var tries []string
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error { // one after the other: they are of one chat
			tries = append(tries, d.Event.Text)
			if d.Event.Text == "c12" && d.Try == 1 {
				return errors.New("not yet")
			}
			return nil
		}
		_ = w.ready().Send(buffered("c1", 5))
		synctest.Wait()
		if acks := w.relay.Status().Counters.Acks; acks != 2 {
			t.Errorf("%d are acknowledged when the third has failed", acks)
		}
		time.Sleep(time.Minute)
		if acks := w.relay.Status().Counters.Acks; acks != 5 {
			t.Errorf("%d are acknowledged in the end", acks)
		}
		if want := []string{"c10", "c11", "c12", "c12", "c13", "c14"}; !slices.Equal(tries, want) {
			t.Errorf("tries are %v, want %v", tries, want)
		}
	})
}
