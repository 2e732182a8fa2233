package actors_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

var errHandler = errors.New("handler is out of order")

func TestADeliveryIsAcknowledgedOnceAfterItsHandlerReturned(t *testing.T) {
	release := make(chan struct{})
	inBubble(t, func(w *world) {
		release = make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
		synctest.Wait()
		if got := len(conn.Received()); got != 1 { // the hello
			t.Fatalf("%d frames before the handler returned", got)
		}
		close(release)
		if got := string(conn.Expect(wire.KindInboundAck)); got != `{"type":"inbound_ack","bufferId":"b1"}` {
			t.Errorf("ack is %s", got)
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.Acks != 1 || s.Queued != 0 || s.QueuedBytes != 0 || len(conn.Received()) != 2 {
			t.Errorf("status is %+v after %d frames", s, len(conn.Received()))
		}
	})
}

func TestALiveDeliveryIsNotAcknowledged(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "")
		w.wantEvents("hi")
		_ = conn.Send([]byte(`{"type":"inbound","bufferId":null,"event":{"text":"null"}}` + "\n"))
		w.wantEvents("hi", "null")
		if s := w.relay.Status(); s.Counters.Acks != 0 {
			t.Errorf("acks: %d", s.Counters.Acks)
		}
	})
}

func TestAHandlerThatSendsAndWaitsGetsItsAnswerWhileTheReaderServes(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(ctx context.Context, d *actors.Inbound) error {
			result, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "re: "+d.Event.Text))
			if err == nil && !result.Success {
				err = errors.New(result.Error)
			}
			return err
		}
		conn := w.ready()
		begun := time.Now()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
		line := conn.Expect(wire.KindOutbound)
		_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k"}))
		synctest.Wait()
		if len(w.gate.interrupts) != 1 {
			t.Error("the reader did not serve an interrupt meanwhile")
		}
		_ = conn.Answer(line, wire.ParseResult([]byte(`{"success":true}`)))
		conn.Expect(wire.KindInboundAck)
		if took := time.Since(begun); took > time.Millisecond {
			t.Errorf("took %v", took)
		}
	})
}

func TestOneSessionIsServedInOrderWhileOthersDoNotWait(t *testing.T) {
	inBubble(t, func(w *world) {
		stuck := make(chan struct{})
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			if d.Event.Text == "slow-0" {
				<-stuck
			}
			return nil
		}
		conn := w.ready()
		var want []string
		for i := range 100 {
			_ = conn.SendInbound(event("slow", fmt.Sprint("s", i), fmt.Sprint("slow-", i)), fmt.Sprint("bs", i))
			_ = conn.SendInbound(event("quick", fmt.Sprint("q", i), fmt.Sprint("quick-", i)), "")
			want = append(want, fmt.Sprint("quick-", i))
		}
		w.wantEvents(want...)
		close(stuck)
		for i := range 100 {
			want = append(want, fmt.Sprint("slow-", i))
		}
		w.wantEvents(want...)
		for i := range 100 {
			if got := string(conn.Expect(wire.KindInboundAck)); !strings.Contains(got, fmt.Sprintf(`"bs%d"`, i)) {
				t.Fatalf("ack %d is %s", i, got)
			}
		}
	})
}

func TestHandlersRunAtMostSoManyAtOnce(t *testing.T) {
	inBubble(t, func(w *world) {
		var running, most atomic.Int32
		w.gate.onInbound = func(context.Context, *actors.Inbound) error {
			most.Store(max(most.Load(), running.Add(1)))
			time.Sleep(time.Second)
			running.Add(-1)
			return nil
		}
		conn := w.ready()
		for i := range 20 {
			_ = conn.SendInbound(event(fmt.Sprint("c", i), "m", "x"), "")
		}
		time.Sleep(10 * time.Second)
		if most.Load() != 3 || len(w.gate.got()) != 20 {
			t.Errorf("%d at once, %d handled", most.Load(), len(w.gate.got()))
		}
	}, func(c *actors.Config) { c.MaxHandlers = 3 })
}

func TestAFailedDeliveryIsTriedAgainInItsLaneWhileOthersGoOn(t *testing.T) {
	for name, fail := range map[string]func() error{
		"error": func() error { return errHandler },
		"panic": func() error { panic("boom") },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				var tries []time.Time
				w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
					if d.Event.Text != "bad" {
						return nil
					}
					if tries = append(tries, time.Now()); d.Try != len(tries) {
						t.Errorf("try %d is called %d", len(tries), d.Try)
					}
					if len(tries) < 3 {
						return fail()
					}
					return nil
				}
				conn := w.ready()
				_ = conn.SendInbound(event("c1", "m1", "bad"), "b1")
				_ = conn.SendInbound(event("c1", "m2", "after"), "")
				_ = conn.SendInbound(event("c2", "m3", "other"), "")
				w.wantEvents("other")
				conn.Expect(wire.KindInboundAck)
				w.wantEvents("other", "bad", "after")
				first, second := tries[1].Sub(tries[0]), tries[2].Sub(tries[1])
				if first < time.Second/2 || first > time.Second || second < time.Second || second > 2*time.Second {
					t.Errorf("waited %v and %v", first, second)
				}
			})
		})
	}
}

func TestADeliveryThatKeepsFailingGoesToTheDeadLetterHandlerAndIsThenAcknowledged(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(_ context.Context, d *actors.Inbound) error {
			if d.Event.Text == "bad" {
				return errHandler
			}
			return nil
		}
		conn := w.ready()
		bad := event("c1", "m1", "bad")
		_ = conn.SendInbound(bad, "b1")
		_ = conn.SendInbound(event("c1", "m2", "after"), "b2")
		for _, want := range []string{"b1", "b2"} {
			if got := string(conn.Expect(wire.KindInboundAck)); !strings.Contains(got, want) {
				t.Errorf("ack is %s, want %s", got, want)
			}
		}
		if len(w.gate.letters) != 1 {
			t.Fatalf("letters: %v", w.gate.letters)
		}
		l := w.gate.letters[0]
		if l.Event == nil || l.Tries != 3 || !errors.Is(l.Err, errHandler) || l.BufferID != "b1" ||
			l.SessionKey == "" || string(l.Raw) != string(bad) {
			t.Errorf("letter is %+v", l)
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.DeadLettered != 1 || s.Stuck != nil {
			t.Errorf("status is %+v", s)
		}
	})
}

func TestADeliveryThatNobodyTakesStaysUnacknowledgedAndTheStatusSaysSo(t *testing.T) {
	for name, change := range map[string]func(*actors.Config){
		"no dead-letter handler": func(c *actors.Config) { c.Handlers.DeadLetter = nil },
		"a dead-letter handler that fails": func(c *actors.Config) {
			c.Handlers.DeadLetter = func(context.Context, *actors.DeadLetter) error { return errHandler }
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				broken := true
				w.gate.onInbound = func(context.Context, *actors.Inbound) error {
					if broken {
						return errHandler
					}
					return nil
				}
				conn := w.ready()
				_ = conn.SendInbound(event("c1", "m1", "bad"), "b1")
				time.Sleep(10 * time.Second)
				synctest.Wait()
				s := w.relay.Status()
				if s.Stuck == nil || s.Stuck.BufferID != "b1" || s.Stuck.SessionKey == "" ||
					s.Stuck.Err != errHandler.Error() || s.Stuck.Since.IsZero() {
					t.Fatalf("stuck is %+v", s.Stuck)
				}
				if s.Counters.Acks != 0 || s.Queued != 0 || s.Counters.Abandoned != 1 {
					t.Errorf("status is %+v", s)
				}
				broken = false // the connector replays at the next dial
				conn.Drop()
				next := w.ready()
				_ = next.SendInbound(event("c1", "m1", "bad"), "b1")
				next.Expect(wire.KindInboundAck)
				w.wantEvents("bad")
				if s := w.relay.Status(); s.Stuck != nil {
					t.Errorf("still stuck: %+v", s.Stuck)
				}
			}, change)
		})
	}
}
