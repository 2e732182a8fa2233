package actors_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

func TestAFloodIntoAStuckHandlerHoldsStillAndLosesNothing(t *testing.T) {
	const events, bound = 4000, 50
	inBubble(t, func(w *world) {
		block := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-block; return nil }
		conn := w.ready()
		flooded := make(chan struct{})
		go func() {
			defer close(flooded)
			for i := range events {
				_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), fmt.Sprint(i)), fmt.Sprint("b", i))
			}
		}()
		synctest.Wait()
		s := w.relay.Status()
		if perRead := (64 << 10) / 150; s.Queued < 2*bound || s.Queued > 2*bound+perRead {
			t.Errorf("%d queued, bound is %d", s.Queued, bound)
		}
		time.Sleep(10 * time.Minute) // the keepalive must not mistake a reader that waits for a dead peer
		if now := w.wantState("ready"); now.Queued != s.Queued || now.Generation != 1 {
			t.Errorf("queued went from %d to %d, generation %d", s.Queued, now.Queued, now.Generation)
		}
		close(block)
		for range events {
			conn.Await(wire.KindInboundAck)
		}
		<-flooded
		if got := w.gate.got(); len(got) != events || got[events-1] != fmt.Sprint(events-1) {
			t.Errorf("handled %d", len(got))
		}
	}, func(c *actors.Config) { c.MaxQueued = bound })
}

func TestTheBytesOfQueuedDeliveriesAreBoundedToo(t *testing.T) {
	inBubble(t, func(w *world) {
		block := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-block; return nil }
		conn := w.ready()
		go func() {
			for i := range 100 {
				_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), strings.Repeat("x", 50<<10)), "")
			}
		}()
		synctest.Wait()
		if s := w.relay.Status(); s.QueuedBytes < 400<<10 || s.QueuedBytes > 900<<10 {
			t.Errorf("%d bytes queued", s.QueuedBytes)
		}
		close(block)
		synctest.Wait()
		if got := len(w.gate.got()); got != 100 {
			t.Errorf("handled %d", got)
		}
	}, func(c *actors.Config) { c.MaxQueuedBytes = 200 << 10 })
}

func TestHandlersThatWaitForResultsBehindAFloodGetThem(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(ctx context.Context, d *actors.Inbound) error {
			_, err := d.Relay.Send(ctx, wire.NewSend("c", "re"))
			return err
		}
		conn := w.ready()
		begun := time.Now()
		for i := range 30 { // beyond the bound of 20, all of them before the first result
			_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), "x"), "")
		}
		for range 30 {
			_ = conn.Answer(conn.Await(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`)))
		}
		synctest.Wait()
		if took := time.Since(begun); len(w.gate.got()) != 30 || took > time.Second {
			t.Errorf("handled %d in %v", len(w.gate.got()), took)
		}
	}, func(c *actors.Config) { c.MaxQueued = 20 })
}
