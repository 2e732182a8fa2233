package actors_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
)

func TestPassthroughIsDeliveredAndAcknowledgedAndDeduplicatedByBufferID(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		forward := []byte(`{"platform":"discord","botId":"b1","method":"POST","path":"/i","headers":[["k","v"]],"bodyB64":"aGk="}`)
		for range 2 {
			_ = conn.Send(wire.AppendPassthroughForward(nil, forward, "p1"))
			conn.Expect(wire.KindInboundAck)
		}
		synctest.Wait()
		if len(w.gate.passthroughs) != 1 {
			t.Fatalf("handled %d", len(w.gate.passthroughs))
		}
		if f := w.gate.passthroughs[0].Forward; string(f.Body) != "hi" || f.Method != "POST" || f.Headers[0] != [2]string{"k", "v"} {
			t.Errorf("forward is %+v", f)
		}
	})
}

func TestPassthroughWithoutAHandlerIsADeadLetter(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		_ = conn.Send(wire.AppendPassthroughForward(nil, []byte(`{"path":"/i","bodyB64":"aGk="}`), "p1"))
		conn.Expect(wire.KindInboundAck)
		if len(w.gate.letters) != 1 || w.gate.letters[0].Forward == nil {
			t.Fatalf("letters are %+v", w.gate.letters)
		}
		const raw = `{"platform":"","botId":"","method":"","path":"/i","headers":[],"body":"aGk="}`
		if got := string(w.gate.letters[0].Raw); got != raw {
			t.Errorf("raw is %s, want %s", got, raw)
		}
	}, func(c *actors.Config) { c.Handlers.Passthrough = nil })
}

func TestInterruptsOvertakeQueuedEventsAndAbsorbTheirRepeats(t *testing.T) {
	inBubble(t, func(w *world) {
		block := make(chan struct{})
		w.gate.onInbound = func(context.Context, *actors.Inbound) error { <-block; return nil }
		w.gate.onInterrupt = func(context.Context, wire.InterruptInbound) { time.Sleep(time.Second) }
		conn := w.ready()
		for i := range 10 {
			_ = conn.SendInbound(event("c1", fmt.Sprint("m", i), "x"), "")
		}
		for range 5 {
			_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k", ChatID: "c1"}))
		}
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if len(w.gate.interrupts) != 2 || len(w.gate.got()) != 0 {
			t.Errorf("%d interrupts, %d events", len(w.gate.interrupts), len(w.gate.got()))
		}
		close(block)
	})
}

func TestInterruptsBeyondTheBoundAreDroppedAndCounted(t *testing.T) {
	inBubble(t, func(w *world) {
		block := make(chan struct{})
		w.gate.onInterrupt = func(context.Context, wire.InterruptInbound) { <-block }
		conn := w.ready()
		for i := range 1030 {
			_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: fmt.Sprint(i)}))
		}
		synctest.Wait()
		if s := w.relay.Status(); s.Counters.Interrupts != 1024 || s.Counters.InterruptsDropped != 6 {
			t.Errorf("counters are %+v", s.Counters)
		}
		close(block)
	})
}

func TestHandlersContextsEndWithTheRelay(t *testing.T) {
	inBubble(t, func(w *world) {
		ended := make(chan struct{}, 3)
		wait := func(ctx context.Context) { <-ctx.Done(); ended <- struct{}{} }
		w.gate.onInbound = func(ctx context.Context, _ *actors.Inbound) error { wait(ctx); return ctx.Err() }
		w.gate.onPassthrough = func(ctx context.Context, _ *actors.Passthrough) error { wait(ctx); return ctx.Err() }
		w.gate.onInterrupt = func(ctx context.Context, _ wire.InterruptInbound) { wait(ctx) }
		conn := w.ready()
		_ = conn.SendInbound(event("c1", "m1", "x"), "b1")
		_ = conn.Send(wire.AppendPassthroughForward(nil, []byte(`{}`), "p1"))
		_ = conn.Send(wire.AppendInterruptInbound(nil, wire.InterruptInbound{SessionKey: "k"}))
		synctest.Wait()
		if err := w.relay.Close(background); err != nil {
			t.Error(err)
		}
		for range 3 {
			<-ended
		}
		if got := conn.Received(); len(got) != 1 {
			t.Errorf("%d frames: a handler that failed was acknowledged", len(got))
		}
	})
}
