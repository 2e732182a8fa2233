package actors

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/messages"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestARelayThatLosesAPartToABugSaysSoAndTakesNoOtherWithIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.Handle(wiretest.Serve)
		engine, err := New(EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		fatals := make(chan Fatal, 1)
		spawn := func(name string) *Relay {
			relay, err := engine.Spawn(name, Config{URL: srv.URL(), Dial: srv.Dial,
				Identities: []wire.Identity{{Platform: "discord"}},
				Handlers: Handlers{Inbound: func(context.Context, *Inbound) error { return nil },
					Fatal: func(_ context.Context, f Fatal) { fatals <- f }}})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := relay.Handshake(t.Context()); err != nil {
				t.Fatal(err)
			}
			return relay
		}
		broken, healthy := spawn("broken"), spawn("healthy")
		broken.GoIdle(t.Context(), time.Millisecond) // it has a registry now
		engine.system.Root.Stop(broken.registry.pid.Load())
		<-broken.Done()
		if f := <-fatals; f.Code != "relay_failed" || f.PlatformState != "fatal" {
			t.Errorf("fatal is %+v", f)
		}
		if s := broken.Status(); s.State != Failed || s.LastError == "" {
			t.Errorf("status is %+v", s)
		}
		if s := healthy.Status(); s.State != Ready {
			t.Errorf("the other relay is %s", s.State)
		}
		if err := engine.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		srv.Close()
		time.Sleep(2 * time.Millisecond)
	})
}

func TestFatalIsCalledOnceHoweverMuchOfARelayBreaks(t *testing.T) {
	for name, code := range map[string]int{"ready": 0, "disabled before": wire.CloseUnauthorized} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				srv := wiretest.New(t)
				engine, err := New(EngineConfig{})
				if err != nil {
					t.Fatal(err)
				}
				var fatals atomic.Int32
				relay, err := engine.Spawn("bot", Config{URL: srv.URL(), Dial: srv.Dial,
					Identities: []wire.Identity{{Platform: "discord"}},
					Handlers: Handlers{Inbound: func(context.Context, *Inbound) error { return nil },
						Fatal: func(context.Context, Fatal) { fatals.Add(1) }}})
				if err != nil {
					t.Fatal(err)
				}
				conn := srv.Accept()
				conn.Handshake()
				_ = conn.SendInbound(wiretest.Event("discord", "c1", "m1", "hi"), "") // it has an inbox now
				synctest.Wait()
				relay.GoIdle(t.Context(), time.Millisecond) // and a registry
				want := Failed
				if code != 0 {
					_ = conn.CloseWith(code, "")
					want = Disabled
				}
				synctest.Wait()
				root := engine.system.Root
				root.Stop(relay.registry.pid.Load())
				root.Stop(relay.inbox.pid.Load())
				<-relay.Done()
				synctest.Wait()
				if s := relay.Status(); s.State != want || fatals.Load() != 1 {
					t.Errorf("the state is %s (%s), fatal was called %d times", s.State, s.LastError, fatals.Load())
				}
				if err := engine.Close(t.Context()); err != nil {
					t.Fatal(err)
				}
				srv.Close()
				time.Sleep(2 * time.Millisecond)
			})
		})
	}
}

func TestARelayThatIsStoppedBeforeItsRegistryHeardOfASleepLeavesNoGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // which fails when a goroutine never ends
		srv := wiretest.New(t)
		srv.Handle(wiretest.Serve)
		engine, err := New(EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		relay, err := engine.Spawn("bot", Config{URL: srv.URL(), Dial: srv.Dial, MaxPendingBytes: 1,
			Identities: []wire.Identity{{Platform: "discord"}},
			Handlers:   Handlers{Inbound: func(context.Context, *Inbound) error { return nil }}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := relay.Handshake(t.Context()); err != nil {
			t.Fatal(err)
		}
		held := make(chan messages.Outcome) // no room: the registry is held up by its reply
		relay.begin(&request{frame: []byte("too much"), reply: answerer{channel: held}}, false)
		asleep := make(chan bool, 1)
		relay.Tell(&messages.GoDormant{Timeout: time.Hour, Reply: asleep})
		synctest.Wait()
		engine.system.Root.Stop(relay.self.Hold())
		synctest.Wait()
		<-held
		<-relay.Done()
		if <-asleep {
			t.Error("fell asleep")
		}
		if err := engine.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
		srv.Close()
		time.Sleep(2 * time.Millisecond)
	})
}

func TestARelaySaysThatItSleepsOnlyAfterItLeftItsConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := wiretest.New(t)
		srv.Handle(wiretest.Serve)
		engine, err := New(EngineConfig{})
		if err != nil {
			t.Fatal(err)
		}
		relay, err := engine.Spawn("bot", Config{URL: srv.URL(), Dial: srv.Dial, Identities: []wire.Identity{{Platform: "discord"}},
			Handlers: Handlers{Inbound: func(context.Context, *Inbound) error { return nil }}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := relay.Handshake(t.Context()); err != nil {
			t.Fatal(err)
		}
		asleep := make(chan bool) // the relay stands still until the answer is taken
		relay.Tell(&messages.GoDormant{Timeout: time.Second, Reply: asleep})
		synctest.Wait()
		if _, err := relay.Send(t.Context(), wire.NewTyping("c1")); !errors.Is(err, ErrNotConnected) {
			t.Errorf("sent by the old connection: %v", err)
		}
		if !<-asleep {
			t.Error("did not fall asleep")
		}
		if state := relay.Status().State; state != Dormant {
			t.Errorf("state is %s", state)
		}
		if err := engine.Close(t.Context()); err != nil {
			t.Error(err)
		}
		srv.Close()
		time.Sleep(2 * time.Millisecond) // the framework's own goroutine after a dead letter
	})
}
