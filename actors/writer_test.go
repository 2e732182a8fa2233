package actors_test

import (
	"errors"
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
		pinged := make(chan struct{})
		go func() { // each is answered by a pong of the same size, which nobody reads
			defer close(pinged)
			ping := append([]byte{0x89, 125}, make([]byte, 125)...)
			for range 20_000 {
				if conn.SendRaw(ping) != nil {
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
		<-pinged
	}, small)
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
