package actors_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// resting is relays that have come to rest over real sockets.
type resting struct {
	t      *testing.T
	gate   *gateway
	relays []*actors.Relay
	conns  []*wiretest.Conn
}

// overBoth runs a test over plain sockets and over TLS.
func overBoth(t *testing.T, test func(t *testing.T, atRest func(count int) *resting)) {
	t.Run("ws", func(t *testing.T) {
		test(t, func(count int) *resting { return atRest(t, count) })
	})
	t.Run("wss", func(t *testing.T) {
		authority := wiretest.NewAuthority(t)
		srv := wiretest.ListenTLS(t, &tls.Config{Certificates: []tls.Certificate{authority.Certificate()}})
		test(t, func(count int) *resting { return atRestAt(t, srv, actors.TLS{RootCAs: authority.Pool()}, count) })
	})
}

func atRest(t *testing.T, count int) *resting {
	t.Helper()
	return atRestAt(t, wiretest.Listen(t), actors.TLS{}, count)
}

func atRestAt(t *testing.T, srv *wiretest.Server, client actors.TLS, count int) *resting {
	t.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := engine.Close(context.Background()); err != nil {
			t.Error(err)
		}
		srv.Close()
	})
	r := &resting{t: t, gate: &gateway{}}
	for i := range count {
		relay, err := engine.Spawn(fmt.Sprint("bot-", i), actors.Config{URL: srv.URL(), TLS: client, Handlers: r.gate.handlers(),
			Identities: []wire.Identity{{Platform: "discord"}}, Backoff: time.Hour, MaxBackoff: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		conn := srv.Accept()
		conn.Handshake()
		if _, err := relay.Handshake(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.relays, r.conns = append(r.relays, relay), append(r.conns, conn)
	}
	r.settle(func() bool { return goroutinesIn("actors.(*readLoop)") == 0 })
	return r
}

// goroutinesIn counts the goroutines that run a piece of code.
func goroutinesIn(code string) (count int) {
	stacks := make([]byte, 4<<20)
	for _, stack := range strings.Split(string(stacks[:runtime.Stack(stacks, true)]), "\n\n") {
		if strings.Contains(stack, code) {
			count++
		}
	}
	return count
}

// settle waits until something holds, in real time since there are sockets in it.
func (r *resting) settle(holds func() bool) {
	r.t.Helper()
	late := time.After(time.Minute)
	for !holds() {
		select {
		case <-late:
			r.t.Fatal("it does not come to that")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

func (r *resting) wantEnd(i int, want actors.State, code int) {
	r.t.Helper()
	r.settle(func() bool { return r.relays[i].Status().State == want })
	if s := r.relays[i].Status(); s.CloseCode != code {
		r.t.Errorf("close code is %d, want %d: %s", s.CloseCode, code, s.LastError)
	}
}

func TestARelayAtRestHasNoGoroutine(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := atRest(20)
		r.settle(func() bool { // one waits for all sockets, and some warm ones for work
			return goroutinesIn("hermod/actors.(")-goroutinesIn("hermod/actors.(*workers).run") <= 1
		})
	})
}

func TestARelayAtRestServesWhateverComes(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := atRest(4)
		for round := range 3 {
			for i, conn := range r.conns {
				if err := conn.SendInbound(event("c", fmt.Sprint("m", round), fmt.Sprint(i, round)), "b"); err != nil {
					t.Fatal(err)
				}
				conn.Await(wire.KindInboundAck)
				go func() { _ = conn.Answer(conn.Await(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true}`))) }()
				if _, err := r.relays[i].Send(t.Context(), wire.NewSend("c", "x")); err != nil {
					t.Fatal(err)
				}
				if err := conn.Ping(); err != nil {
					t.Fatal(err)
				}
				conn.AwaitPong(round + 1)
			}
			r.settle(func() bool { return goroutinesIn("actors.(*readLoop)") == 0 })
		}
		if got := len(r.gate.got()); got != 12 {
			t.Errorf("%d events handled, want 12", got)
		}
	})
}

func TestTheEndOfAConnectionFindsARelayAtRest(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := atRest(4)
		if err := r.conns[0].CloseWith(4401, "revoked"); err != nil {
			t.Fatal(err)
		}
		r.wantEnd(0, actors.Disabled, 4401)
		r.conns[1].Drop()
		r.wantEnd(1, actors.Backoff, 0)
		r.conns[2].Reset()
		r.wantEnd(2, actors.Backoff, 0)
		if err := r.conns[3].CloseThenReset(4401, "revoked"); err != nil {
			t.Fatal(err)
		}
		r.wantEnd(3, actors.Disabled, 4401)
	})
}

func TestRelaysAreClosedAndCutOffWhileTheyRestAndWhileTheyWake(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := atRest(12)
		for i, relay := range r.relays {
			if i%3 > 0 {
				_ = r.conns[i].SendInbound(event("c", "m", "x"), "b")
			}
			ctx, cancel := context.WithCancel(context.Background())
			if i%2 > 0 {
				cancel()
			}
			_ = relay.Close(ctx)
			<-relay.Done()
			cancel()
		}
		r.settle(func() bool { return goroutinesIn("actors.(*readLoop)") == 0 })
	})
}

func TestWhatComesJustWhenARelayParksIsNotMissed(t *testing.T) {
	overBoth(t, func(t *testing.T, atRest func(int) *resting) {
		r := atRest(1)
		const events = 12
		for i := range events {
			<-time.After(time.Duration(194+i) * time.Millisecond)
			if err := r.conns[0].SendInbound(event("c", fmt.Sprint("m", i), "x"), fmt.Sprint("b", i)); err != nil {
				t.Fatal(err)
			}
			r.conns[0].Await(wire.KindInboundAck)
		}
	})
}

func TestRelaysOfAGatewaysOwnParentRestWithoutGoroutinesAndOutliveTheEngine(t *testing.T) {
	srv := wiretest.Listen(t)
	system := quietSystem()
	engine, err := actors.New(actors.EngineConfig{System: system})
	if err != nil {
		t.Fatal(err)
	}
	r := &resting{t: t, gate: &gateway{}}
	pids := make(chan *actor.PID, 1)
	parent := system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if props, ok := ctx.Message().(*actor.Props); ok {
			pids <- ctx.Spawn(props)
		}
	}))
	for i := range 8 {
		props, err := engine.RelayProps(fmt.Sprint("bot-", i), actors.Config{URL: srv.URL(), Handlers: r.gate.handlers(),
			Identities: []wire.Identity{{Platform: "discord"}}})
		if err != nil {
			t.Fatal(err)
		}
		system.Root.Send(parent, props)
		relay, err := actors.RelayOf(t.Context(), system, <-pids)
		if err != nil {
			t.Fatal(err)
		}
		conn := srv.Accept()
		conn.Handshake()
		if _, err := relay.Handshake(t.Context()); err != nil {
			t.Fatal(err)
		}
		r.relays, r.conns = append(r.relays, relay), append(r.conns, conn)
	}
	r.settle(func() bool { return goroutinesIn("actors.(*readLoop)") == 0 })
	if err := engine.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	r.settle(func() bool { return goroutinesIn("actors.(*readLoop)") == len(r.relays) })
	for i, conn := range r.conns {
		if err := conn.SendInbound(event("c", "m", fmt.Sprint(i)), "b"); err != nil {
			t.Fatal(err)
		}
		conn.Await(wire.KindInboundAck)
	}
	system.Root.Stop(parent)
	for _, relay := range r.relays {
		<-relay.Done()
	}
	srv.Close()
	system.Shutdown()
}
