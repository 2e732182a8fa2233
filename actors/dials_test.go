package actors_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// inStorm runs body in virtual time with an engine of at most max dials, and closes everything after it.
func inStorm(t *testing.T, max int, body func(w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
		w.srv.Handle(wiretest.Serve)
		var err error
		if w.engine, err = actors.New(actors.EngineConfig{MaxDials: max}); err != nil {
			t.Fatal(err)
		}
		body(w)
		w.close()
	})
}

// wantDials fails unless so many dials are under way, and so many wait.
func (w *world) wantDials(under, waiting int) {
	w.t.Helper()
	synctest.Wait()
	if s := w.engine.Status(); s.Dialing != under || s.DialsWaiting != waiting {
		w.t.Errorf("%d dials are under way and %d wait, want %d and %d", s.Dialing, s.DialsWaiting, under, waiting)
	}
}

// hang is a dial that ends with its context.
func hang(ctx context.Context, _, _ string) (net.Conn, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

// dialing spawns a relay that dials url in its own way.
func (w *world) dialing(name, url string, dial func(context.Context, string, string) (net.Conn, error)) *actors.Relay {
	w.t.Helper()
	return w.spawn(name, func(c *actors.Config) { c.URL, c.Dial = url, dial })
}

func TestAStormOfDialsPassesWithinItsBound(t *testing.T) {
	const relays, bound = 2000, 100
	inStorm(t, bound, func(w *world) {
		var dialing, most atomic.Int64
		var all []*actors.Relay
		for i := range relays {
			all = append(all, w.dialing(fmt.Sprint("bot-", i), fmt.Sprintf("ws://connector-%d.test", i%3),
				func(ctx context.Context, network, addr string) (net.Conn, error) {
					now := dialing.Add(1)
					defer dialing.Add(-1)
					for before := most.Load(); now > before && !most.CompareAndSwap(before, now); before = most.Load() {
					}
					if s := w.engine.Status(); s.Dialing > bound {
						t.Errorf("%d dials are under way", s.Dialing)
					}
					time.Sleep(time.Second)
					return w.srv.Dial(ctx, network, addr)
				}))
		}
		synctest.Wait()
		if s := w.engine.Status(); s.Relays != relays || s.Dialing+s.DialsWaiting != relays || s.MaxDials != bound {
			t.Errorf("status is %+v", s)
		}
		for _, relay := range all {
			if _, err := relay.Handshake(background); err != nil {
				t.Fatal(err)
			}
		}
		w.wantDials(0, 0)
		if got := most.Load(); got > bound || got < bound*9/10 {
			t.Errorf("%d dials were under way at once; the bound is %d", got, bound)
		}
		if dials := w.srv.Dials(); dials != relays {
			t.Errorf("%d dials for %d relays", dials, relays)
		}
	})
}

func TestAStormOfTLSDialsPassesWithinItsBound(t *testing.T) {
	const relays, bound = 300, 12
	authority := wiretest.NewAuthority(t)
	srv := wiretest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{authority.Certificate()}})
	srv.Handle(wiretest.Serve)
	engine, err := actors.New(actors.EngineConfig{MaxDials: bound})
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range relays {
		relay, err := engine.Spawn(fmt.Sprint("bot-", i), actors.Config{URL: srv.URL(), TLS: actors.TLS{RootCAs: authority.Pool()},
			Identities: []wire.Identity{{Platform: "discord"}}, Handlers: (&gateway{}).handlers(),
			Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
				if s := engine.Status(); s.Dialing > bound {
					t.Errorf("%d dials are under way", s.Dialing)
				}
				return new(net.Dialer).DialContext(ctx, network, addr)
			}})
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			if _, err := relay.Handshake(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if err := engine.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if s := engine.Status(); s.Dialing != 0 || s.DialsWaiting != 0 || s.Relays != 0 {
		t.Errorf("status after the end is %+v", s)
	}
	srv.Close()
}

func TestAConnectorThatIsGoneDoesNotHoldUpTheDialsToOthers(t *testing.T) {
	inStorm(t, 64, func(w *world) {
		for host := range 3 {
			for i := range 100 {
				w.dialing(fmt.Sprintf("gone-%d-%d", host, i), fmt.Sprintf("wss://gone-%d.test", host), hang)
			}
		}
		synctest.Wait()
		begun := time.Now()
		for i := range 20 {
			w.relay = w.dialing(fmt.Sprint("well-", i), "ws://well.test", w.srv.Dial)
			w.shaken()
		}
		if waited := time.Since(begun); waited != 0 {
			t.Errorf("waited %v for dials to a connector that is gone", waited)
		}
	})
}

func TestConnectorsTakeTurnsAndTheRelaysOfOneDialInTheirOrder(t *testing.T) {
	inStorm(t, 1, func(w *world) {
		order := make(chan string, 6)
		for _, name := range []string{"a1", "a2", "a3", "b1", "b2", "c1"} {
			w.dialing(name, "ws://"+name[:1]+".test", func(ctx context.Context, network, addr string) (net.Conn, error) {
				order <- name
				time.Sleep(time.Second)
				return w.srv.Dial(ctx, network, addr)
			})
			synctest.Wait()
		}
		var got []string
		for range cap(order) {
			got = append(got, <-order)
		}
		if want := []string{"a1", "a2", "b1", "c1", "a3", "b2"}; !slices.Equal(got, want) {
			t.Errorf("the order was %v, want %v", got, want)
		}
	})
}

func TestTheWaitForATurnDoesNotCountAsDialling(t *testing.T) {
	inStorm(t, 1, func(w *world) {
		w.dialing("first", "ws://x.test", hang)
		synctest.Wait()
		w.relay = w.dialing("second", "ws://x.test", func(ctx context.Context, network, addr string) (net.Conn, error) {
			time.Sleep(29 * time.Second)
			return w.srv.Dial(ctx, network, addr)
		})
		w.wantDials(1, 1)
		w.wantState(actors.Connecting)
		begun := time.Now()
		w.shaken()
		if took := time.Since(begun); took != 59*time.Second {
			t.Errorf("ready after %v", took)
		}
		if dials := w.relay.Status().Generation; dials != 1 {
			t.Errorf("%d dials", dials)
		}
	})
}

func TestATurnComesBackHoweverItsDialEnds(t *testing.T) {
	for name, dial := range map[string]func(context.Context, string, string) (net.Conn, error){
		"an error":            func(context.Context, string, string) (net.Conn, error) { return nil, errors.New("no") },
		"a panic":             func(context.Context, string, string) (net.Conn, error) { panic("boom") },
		"the goroutine's end": func(context.Context, string, string) (net.Conn, error) { runtime.Goexit(); return nil, nil },
		"its context":         hang,
		"never in time": func(context.Context, string, string) (net.Conn, error) {
			time.Sleep(time.Hour)
			return nil, errors.New("late")
		},
		"a refusal to upgrade":  nil,
		"the end of the relays": hang,
	} {
		t.Run(name, func(t *testing.T) {
			inStorm(t, 4, func(w *world) {
				if dial == nil {
					w.srv.RejectUpgrade(503)
					dial = w.srv.Dial
				}
				var bad []*actors.Relay
				for i := range 10 {
					bad = append(bad, w.dialing(fmt.Sprint("bad-", i), "ws://x.test", dial))
				}
				if name != "the end of the relays" {
					time.Sleep(10 * time.Minute)
				}
				for _, relay := range bad {
					if err := relay.Close(background); err != nil {
						t.Error(err)
					}
				}
				w.wantDials(0, 0)
				w.srv.AcceptDials()
				w.relay = w.dialing("good", "ws://x.test", w.srv.Dial)
				w.shaken()
				time.Sleep(2 * time.Hour) // the last of those that are late
			})
		})
	}
}

func TestARelayThatWaitsForItsTurnClosesAtOnce(t *testing.T) {
	inStorm(t, 1, func(w *world) {
		w.dialing("first", "ws://x.test", hang)
		synctest.Wait()
		closed := w.dialing("closed", "ws://x.test", w.srv.Dial)
		stopped := w.dialing("stopped", "ws://x.test", w.srv.Dial)
		w.wantDials(1, 2)
		begun := time.Now()
		if err := closed.Close(background); err != nil {
			t.Error(err)
		}
		cancelled, cancel := context.WithCancel(background)
		cancel()
		if err := stopped.Close(cancelled); !errors.Is(err, actors.ErrCloseTimeout) {
			t.Error(err)
		}
		<-stopped.Done()
		w.wantDials(1, 0)
		if took := time.Since(begun); took != 0 {
			t.Errorf("closed after %v", took)
		}
		if dials := w.srv.Dials(); dials != 0 {
			t.Errorf("%d dials without a turn", dials)
		}
	})
}

func TestARelayThatOutlivesItsEngineGoesOnDialling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
		w.srv.Handle(wiretest.Serve)
		system := quietSystem()
		var err error
		if w.engine, err = actors.New(actors.EngineConfig{System: system, MaxDials: 1}); err != nil {
			t.Fatal(err)
		}
		var relays []*actors.Relay
		for i := range 5 {
			cfg := w.config()
			cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
				time.Sleep(time.Second) // the engine ends while the first one dials
				return w.srv.Dial(ctx, network, addr)
			}
			props, err := w.engine.RelayProps(fmt.Sprint("bot-", i), cfg)
			if err != nil {
				t.Fatal(err)
			}
			relay, err := actors.RelayOf(background, system, system.Root.Spawn(props))
			if err != nil {
				t.Fatal(err)
			}
			relays = append(relays, relay)
		}
		w.wantDials(1, 4)
		if err := w.engine.Close(background); err != nil {
			t.Fatal(err)
		}
		w.wantDials(0, 0)
		begun := time.Now()
		for _, relay := range relays {
			if _, err := relay.Handshake(background); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(begun); took != time.Second {
			t.Errorf("all were ready after %v", took)
		}
		for _, relay := range relays { // which dial again without an engine
			if !relay.GoDormant(background, 0) {
				t.Error("did not go dormant")
			}
		}
		for _, relay := range relays {
			if _, err := relay.Handshake(background); err != nil {
				t.Fatal(err)
			}
			if err := relay.Close(background); err != nil {
				t.Error(err)
			}
		}
		w.srv.Close()
		time.Sleep(2 * time.Second)
	})
}

func TestANegativeBoundOfDialsIsAConfigurationError(t *testing.T) {
	_, err := actors.New(actors.EngineConfig{MaxDials: -1})
	var config *wire.ConfigError
	if !errors.As(err, &config) || config.Field != "MaxDials" {
		t.Errorf("error is %v", err)
	}
}
