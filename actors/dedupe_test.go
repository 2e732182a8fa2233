package actors_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/wire"
)

func TestACopyOfAHandledDeliveryIsDroppedAndAcknowledged(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
		conn.Expect(wire.KindInboundAck)
		conn.Drop() // the connector did not see the acknowledgement
		next := w.ready()
		_ = next.SendInbound(event("c1", "m1", "hi"), "b1")
		next.Expect(wire.KindInboundAck)
		w.wantEvents("hi")
		if s := w.relay.Status(); s.Counters.Duplicates != 1 || s.Counters.Handled != 1 {
			t.Errorf("counters are %+v", s.Counters)
		}
	})
}

func TestACopyWaitsForTheVerdictOnTheOneBeingHandled(t *testing.T) {
	for name, fails := range map[string]bool{"handled": false, "failed": true} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(w *world) {
				var runs int
				gate := make(chan error)
				w.gate.onInbound = func(context.Context, *actors.Inbound) error { runs++; return <-gate }
				conn := w.ready()
				_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
				synctest.Wait()
				conn.Drop()
				next := w.ready()
				_ = next.SendInbound(event("c1", "m1", "hi"), "b1")
				synctest.Wait()
				if runs != 1 || w.relay.Status().Queued != 2 {
					t.Fatalf("%d runs, %d queued", runs, w.relay.Status().Queued)
				}
				if fails {
					gate <- errHandler
					synctest.Wait()
					if w.relay.Status().Queued != 1 {
						t.Errorf("queued: %d", w.relay.Status().Queued)
					}
				}
				gate <- nil
				next.Expect(wire.KindInboundAck)
				w.wantEvents("hi")
			}, func(c *actors.Config) { c.Tries = 1; c.Handlers.DeadLetter = nil })
		})
	}
}

func TestEventsWithoutIdsAreNeverTakenForCopies(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		for range 3 {
			_ = conn.SendInbound([]byte(`{"text":"same","source":{"platform":"discord","chat_id":"c1"}}`), "")
		}
		w.wantEvents("same", "same", "same")
	})
}

func TestTheMemoryOfHandledDeliveriesIsBounded(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		for _, id := range []string{"m1", "m2", "m3", "m1", "m3"} {
			_ = conn.SendInbound(event("c1", id, id), "")
			synctest.Wait()
		}
		w.wantEvents("m1", "m2", "m3", "m1") // m1 was forgotten, m3 was not
	}, func(c *actors.Config) { c.DedupeKeys = 2 })
}

func TestLongIDsOfHandledDeliveriesAreNotKept(t *testing.T) {
	const deliveries, long = 48, 1 << 20
	inBubble(t, func(w *world) {
		conn := w.ready()
		before := heap()
		for i := range deliveries {
			_ = conn.SendInbound(event("c1", fmt.Sprint(i, strings.Repeat("m", long)), "hi"), fmt.Sprint("b", i))
			conn.Expect(wire.KindInboundAck)
		}
		synctest.Wait()
		if held := heap() - before; held > 4<<20 {
			t.Errorf("%d handled deliveries with ids of 1 MiB hold %d KiB", deliveries, held>>10)
		}
		_ = conn.SendInbound(event("c1", fmt.Sprint(7, strings.Repeat("m", long)), "hi"), "b7")
		conn.Expect(wire.KindInboundAck)
		if s := w.relay.Status(); s.Counters.Duplicates != 1 {
			t.Errorf("counters are %+v", s.Counters)
		}
	})
}

func TestADifferentForwardUnderTheSameBufferIDIsHandled(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		for _, path := range []string{"/before", "/after", "/after"} { // a restart began the numbers anew, then a copy came
			forward := []byte(`{"platform":"discord","botId":"b1","method":"POST","path":"` + path + `"}`)
			_ = conn.Send(wire.AppendPassthroughForward(nil, forward, "1"))
			conn.Expect(wire.KindInboundAck)
		}
		synctest.Wait()
		if got := len(w.gate.passthroughs); got != 2 || w.gate.passthroughs[1].Forward.Path != "/after" {
			t.Errorf("handled %d forwards, want both", got)
		}
	})
}

func TestCopiesAreHandedOutWhenTheGatewayRecognisesThemItself(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		forward := []byte(`{"platform":"discord","botId":"b1","method":"POST","path":"/x"}`)
		for range 2 {
			_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
			conn.Expect(wire.KindInboundAck)
			_ = conn.Send(wire.AppendPassthroughForward(nil, forward, "p1"))
			conn.Expect(wire.KindInboundAck)
		}
		w.wantEvents("hi", "hi")
		if got := len(w.gate.passthroughs); got != 2 {
			t.Errorf("handled %d forwards, want both", got)
		}
	}, func(c *actors.Config) { c.NoDedupe = true })
}

func TestAnAcknowledgementNeverTravelsOverANewerConnection(t *testing.T) {
	inBubble(t, func(w *world) {
		release := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-release; return nil }
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "hi"), "b1")
		synctest.Wait()
		conn.Drop()
		next := w.ready()
		close(release)
		w.wantEvents("hi")
		if got := len(next.Received()); got != 1 {
			t.Errorf("%d frames on the new connection", got)
		}
	})
}
