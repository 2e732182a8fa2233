package actors

import (
	"context"
	"errors"
	"reflect"
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

func TestARelayAtRestIsNoActorAndAnswersAtOnce(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		for range 3 {
			synctest.Wait()
			if relay.self.PID() != nil || relay.self.By.link.link.PID() != nil {
				t.Fatal("the relay or its link is still active")
			}
			if s := relay.Status(); s.State != Ready || s.Generation != 1 || s.Handshakes != 1 {
				t.Errorf("status is %+v", s)
			}
		}
		relay.HoldRedial()
		synctest.Wait()
		if relay.self.PID() == nil {
			t.Error("it has a timer to wait for, and rests")
		}
		relay.Wake()
		synctest.Wait()
		if relay.self.PID() != nil {
			t.Error("nothing is to be waited for, and it does not rest")
		}
		conn.CloseWith(wire.CloseNormal, "bye")
		synctest.Wait()
		if s := relay.Status(); s.State != Backoff || s.CloseCode != wire.CloseNormal {
			t.Errorf("after a close frame it is %s with code %d", s.State, s.CloseCode)
		}
	})
}

func TestPingsKeepConnectionsAliveWithoutAnActorOfTheirs(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if s := relay.Status(); s.State != Ready || s.Generation != 1 || s.Counters.BytesOut == 0 {
			t.Errorf("status is %+v", s)
		}
		if pinger := relay.pings.By; len(pinger.due) != 1 {
			t.Errorf("the pinger has %d connections", len(pinger.due))
		}
		conn.Drop()
		time.Sleep(100 * time.Millisecond)
		synctest.Wait()
		if pinger := relay.pings.By; len(pinger.due) != 0 || relay.pings.PID() != nil {
			t.Errorf("the pinger has %d connections, and none is open", len(pinger.due))
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

func TestRelaysAtRestShareErrandsThatNobodyChanges(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, conn *wiretest.Conn) {
		for range 2 {
			relay.HoldRedial()
			relay.ReleaseRedial()
			relay.Wake()
			relay.GoDormant(t.Context(), time.Millisecond)
			_, _ = relay.Handshake(t.Context())
			synctest.Wait()
		}
		if relay.self.By.errands != noErrands {
			t.Error("a relay at rest has errands of its own")
		}
		conn.Drop()
		time.Sleep(time.Minute)
		_ = relay.Close(t.Context())
		if !reflect.ValueOf(*noErrands).IsZero() {
			t.Errorf("a relay has left %+v to all", *noErrands)
		}
	})
}
