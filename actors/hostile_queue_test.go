package actors_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// What an earlier connection has left in the queue is not this one's fault: a relay whose handlers wait for the session
// would never have one again.
func TestAQueueThatAnEarlierConnectionFilledKeepsNoRelayFromItsDescriptor(t *testing.T) {
	inBubble(t, func(w *world) {
		w.gate.onInbound = func(ctx context.Context, d *actors.Inbound) error {
			time.Sleep(time.Minute) // until the connection has ended
			_, err := d.Relay.Handshake(ctx)
			return err
		}
		conn := w.srv.Accept()
		conn.Handshake() // of one identity: the relay reads on for the other's
		go func() {
			for range 100 {
				_ = conn.SendInbound(event("c", "", strings.Repeat("x", 100<<10)), "")
			}
		}()
		synctest.Wait()
		conn.Drop()
		<-w.send(background, "which finds out that the connection has ended")
		for range 3 { // connections that may fail
			conn = w.srv.Accept()
			conn.Expect(wire.KindHello)
			_ = conn.Ping()
			conn.AwaitPong(1)
			_ = conn.Send(wire.AppendDescriptor(nil, wiretest.Descriptor("discord")))
			synctest.Wait()
			if w.relay.Status().State == actors.Ready {
				return
			}
		}
		t.Errorf("the relay is %s: %s", w.relay.Status().State, w.relay.Status().LastError)
	}, func(c *actors.Config) {
		c.Identities = append(c.Identities, wire.Identity{Platform: "slack"})
		c.MaxFrame, c.MaxQueuedBytes, c.MaxHandlers = maxFrame, maxFrame, 1
	})
}
