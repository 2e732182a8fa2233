package actors

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// inEngine runs body in virtual time with a relay that is ready and was told nothing so far.
func inEngine(t *testing.T, body func(t *testing.T, relay *Relay, conn *wiretest.Conn)) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		engine, err := New(EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		relay, err := engine.Spawn("bot", Config{URL: srv.URL(), Dial: srv.Dial, Identities: []wire.Identity{{Platform: "discord"}},
			Handlers: Handlers{Inbound: func(context.Context, *Inbound) error { return nil }}})
		if err != nil {
			t.Fatal(err)
		}
		conn := srv.Accept()
		conn.Handshake()
		if _, err := relay.Handshake(t.Context()); err != nil {
			t.Fatal(err)
		}
		body(t, relay, conn)
		if err := engine.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		srv.Close()
		time.Sleep(2 * time.Millisecond)
	})
}

func TestARelayAtRestHasNeitherRegistryNorInbox(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		time.Sleep(time.Hour) // with pings
		if relay.registry.pid.Load() != nil || relay.inbox.pid.Load() != nil {
			t.Error("a relay that nobody told anything has spawned its parts")
		}
		if err := conn.SendInbound(wiretest.Event("discord", "c", "m", "x"), "b"); err != nil {
			t.Fatal(err)
		}
		conn.Await(wire.KindInboundAck)
		if relay.registry.pid.Load() != nil || relay.inbox.pid.Load() == nil {
			t.Error("a delivery spawns the inbox, and nothing else of the relay")
		}
	})
}

func TestTheFirstRequestsOfManyCallersAllArrive(t *testing.T) {
	const callers = 50
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		var wg sync.WaitGroup
		for range callers {
			wg.Go(func() {
				if _, err := relay.Send(t.Context(), wire.NewSend("c", "x")); err != nil {
					t.Error(err)
				}
			})
		}
		for range callers {
			if err := conn.Answer(conn.Await(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`))); err != nil {
				t.Fatal(err)
			}
		}
		wg.Wait()
	})
}

func TestAPartThatIsFirstNeededBetweenTwoConnectionsKnowsIt(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		conn.Drop()
		synctest.Wait()
		if _, err := relay.Send(t.Context(), wire.NewSend("c", "x")); !errors.Is(err, ErrNotConnected) {
			t.Errorf("error is %v, want ErrNotConnected", err)
		}
	})
}
