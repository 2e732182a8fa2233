package actors_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// stall makes the connector stop reading and fills the socket's buffer, so that the writer's next frames wait.
func (w *world) stall(conn *wiretest.Conn) {
	w.t.Helper()
	conn.StallReads()
	w.send(background, strings.Repeat("x", 200<<10))
	synctest.Wait()
}

func small(c *actors.Config) { c.MaxPendingBytes = 256 << 10 }

func TestInterruptsBehindAConnectorThatDoesNotReadAreRefusedAtTheBound(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.stall(conn)
		reason := strings.Repeat("r", 10<<10)
		var refused int
		for range 100 {
			err := w.relay.Interrupt(background, "k", &reason)
			if err != nil && !errors.Is(err, actors.ErrBusy) {
				t.Fatalf("error is %v", err)
			}
			if err != nil {
				refused++
			}
		}
		if accepted := 100 - refused; accepted < 20 || accepted > 26 {
			t.Errorf("%d of 10 KiB were accepted, the bound is 256 KiB", accepted)
		}
		conn.ResumeReads()
		w.wantState("ready")
	}, small)
}

func TestALinkWhoseAnswersPileUpIsLeft(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.stall(conn)
		sent := make(chan struct{})
		go func() { // each is acknowledged by its name, which nobody reads
			defer close(sent)
			for i := range 5000 {
				if conn.SendInbound(event("c1", fmt.Sprint(i), "x"), fmt.Sprintf("%01000d", i)) != nil {
					return
				}
			}
		}()
		synctest.Wait()
		s := w.relay.Status()
		if !strings.Contains(s.LastError, "connector does not read") {
			t.Errorf("state is %s: %q", s.State, s.LastError)
		}
		conn.Drop()
		<-sent
	}, small)
}

func TestOfManyPingsOnlyTheNewestIsAnsweredAndNoneIsKept(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		w.stall(conn)
		before := heap()
		for i := range 100_000 {
			ping := append([]byte{0x89, 125}, fmt.Sprintf("%0125d", i)...)
			if err := conn.SendRaw(ping); err != nil {
				t.Fatal(err)
			}
		}
		synctest.Wait()
		if grown := heap() - before; grown > 2<<20 {
			t.Errorf("%d KiB are kept for pings of 13 MiB", grown>>10)
		}
		conn.ResumeReads()
		synctest.Wait()
		if pongs := conn.Pongs(); pongs != 1 {
			t.Errorf("%d pongs for pings that waited together, want one", pongs)
		}
		for i := range 3 {
			if err := conn.Ping(); err != nil || !conn.AwaitPong(i+2) {
				t.Errorf("a ping alone got no pong: %v", err)
			}
		}
		w.wantState("ready")
	})
}

func TestFramesReachTheConnectorInTheOrderInWhichTheyWereStarted(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		const n = 500
		for i := range n {
			w.relay.Start(wire.NewSend("c1", string(rune('a'+i%26))))
		}
		for i := range n {
			out, err := wire.DecodeOutbound(conn.Expect(wire.KindOutbound))
			if err != nil {
				t.Fatal(err)
			}
			if content, _ := out.Action.Field("content"); string(content) != `"`+string(rune('a'+i%26))+`"` {
				t.Fatalf("frame %d is %s", i, content)
			}
		}
	})
}

func TestACloseFrameIsTheLastThingWritten(t *testing.T) {
	inBubble(t, func(w *world) {
		conn := w.ready()
		for range 100 {
			w.relay.Start(wire.NewSend("c1", "x"))
		}
		_ = conn.CloseWith(1001, "")
		for range 100 {
			w.relay.Start(wire.NewSend("c1", "y"))
		}
		end := conn.AwaitEnd()
		if end == nil || end.Code != 1001 {
			t.Errorf("close is %+v", end)
		}
	})
}
