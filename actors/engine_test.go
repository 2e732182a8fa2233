package actors_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/messages"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestConfigReportsEveryWrongField(t *testing.T) {
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close(t.Context()) }()
	_, err = engine.Spawn("bot", actors.Config{URL: "ftp://x", GatewayID: "gw", Strategy: "hope", Tries: -1,
		MaxFrame: 5, Backoff: time.Minute, MaxBackoff: time.Second, PingInterval: -1})
	for _, field := range []string{"url", "Identities", "GatewayID", "Handlers.Inbound", "strategy", "Tries", "MaxFrame", "MaxBackoff", "PingInterval"} {
		if err == nil || !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(field)) {
			t.Errorf("%s is not reported in: %v", field, err)
		}
	}
	var config *wire.ConfigError
	if !errors.As(err, &config) {
		t.Errorf("error is %T", err)
	}
}

func TestASecretOfWhiteSpaceIsAConfigurationErrorThatDoesNotTellIt(t *testing.T) {
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = engine.RelayProps("bot", actors.Config{URL: "ws://x", GatewayID: "gw", Secret: " \t",
		Identities: []wire.Identity{{Platform: "p"}}, Handlers: (&gateway{}).handlers()})
	var config *wire.ConfigError
	if !errors.As(err, &config) {
		t.Errorf("error is %v", err)
	}
	if err := engine.Close(background); err != nil {
		t.Error(err)
	}
}

func TestAHelloThatCannotBeSentIsAConfigurationError(t *testing.T) {
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer engine.Close(background)
	for field, change := range map[string]func(*actors.Config){
		"Commands[1].Options": func(c *actors.Config) {
			c.Commands = []wire.Command{{Name: "a", Options: []byte(`[]`)}, {Name: "b", Options: []byte(`[{`)}}
		},
		"Commands": func(c *actors.Config) {
			c.Commands = []wire.Command{{Name: "a", Description: strings.Repeat("x", 2<<20)}}
		},
		"Identities": func(c *actors.Config) { c.Identities[0].BotID = strings.Repeat("x", 2<<20) },
	} {
		cfg := actors.Config{URL: "ws://x", Identities: []wire.Identity{{Platform: "discord"}}, Handlers: (&gateway{}).handlers()}
		change(&cfg)
		_, err := engine.RelayProps("bot", cfg)
		var config *wire.ConfigError
		if !errors.As(err, &config) || config.Field != field {
			t.Errorf("%s: error is %.200v", field, err)
		}
	}
}

func TestANameIsTakenWhileItsRelayLivesAndFreeAfterwards(t *testing.T) {
	inBubble(t, func(w *world) {
		w.ready()
		if _, err := w.engine.Spawn("bot", w.config()); !errors.Is(err, actors.ErrNameTaken) {
			t.Errorf("error is %v", err)
		}
		for range 20 {
			if err := w.relay.Close(background); err != nil {
				t.Fatal(err)
			}
			w.relay = w.spawn("bot")
			w.ready()
		}
		if r, ok := w.engine.Relay("bot"); !ok || r != w.relay {
			t.Errorf("the engine knows %v, %v", r, ok)
		}
		if _, ok := w.engine.Relay("nobody"); ok || len(w.engine.Relays()) != 1 {
			t.Errorf("the engine knows %d relays", len(w.engine.Relays()))
		}
	})
}

func TestAnEngineClosesItsRelaysSideBySide(t *testing.T) {
	inBubble(t, func(w *world) {
		w.srv.Handle(wiretest.Serve)
		for i := range 20 {
			relay := w.spawn(fmt.Sprint("bot-", i), func(c *actors.Config) {
				c.Handlers.Inbound = func(context.Context, *actors.Inbound) error { return nil }
			})
			_ = relay
		}
		synctest.Wait()
		begun := time.Now()
		if err := w.engine.Close(background); err != nil {
			t.Error(err)
		}
		if took := time.Since(begun); took > 8*time.Second {
			t.Errorf("closed after %v", took)
		}
		if _, err := w.engine.Spawn("late", w.config()); !errors.Is(err, actors.ErrClosed) {
			t.Errorf("spawn after the end: %v", err)
		}
	})
}

func TestOneBotsRevocationTouchesNoOther(t *testing.T) {
	inBubble(t, func(w *world) {
		first := w.ready()
		other := w.spawn("other")
		second := w.srv.Accept()
		second.Handshake()
		_ = first.CloseWith(4401, "unauthorized")
		w.wantState("disabled")
		if s := other.Status(); s.State != "ready" || s.Generation != 1 {
			t.Errorf("the other is %+v", s)
		}
	})
}

func TestAnEngineLivesInAGivenActorSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		system := quietSystem()
		w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
		engine, err := actors.New(actors.EngineConfig{System: system})
		if err != nil {
			t.Fatal(err)
		}
		w.engine = engine
		w.relay = w.spawn("bot")
		w.ready()
		w.close()
		if system.IsStopped() {
			t.Error("the engine stopped a system that is not its own")
		}
		time.Sleep(2 * time.Second) // the system's own throttle
	})
}

func TestARelayLivesUnderAGatewaysOwnParentAndTalksInMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		system := quietSystem()
		w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
		var err error
		if w.engine, err = actors.New(actors.EngineConfig{System: system}); err != nil {
			t.Fatal(err)
		}
		watch := &statusLog{begun: make(chan struct{})}
		cfg := w.config()
		cfg.Dial = func(ctx context.Context, network, addr string) (net.Conn, error) {
			<-watch.begun
			return w.srv.Dial(ctx, network, addr)
		}
		props, err := w.engine.RelayProps("bot", cfg)
		if err != nil {
			t.Fatal(err)
		}
		answers := make(chan *messages.Outcome, 1)
		relay, introduced := make(chan *actor.PID, 1), make(chan *actors.Relay, 1)
		parent := system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
			switch m := ctx.Message().(type) {
			case *actor.Started:
				pid := ctx.Spawn(props)
				ctx.Request(pid, &messages.Introduce{})
				ctx.Send(pid, &messages.WatchStatus{Watcher: watch})
				relay <- pid
			case *actors.Relay:
				if !ctx.Sender().Equal(ctx.Children()[0]) {
					t.Errorf("%v introduced itself", ctx.Sender())
				}
				introduced <- m
			case string:
				ctx.Request(ctx.Children()[0], &messages.Perform{Action: wire.NewSend("c", m)})
			case *messages.Outcome:
				answers <- m
			}
		}))
		if w.relay, err = actors.RelayOf(background, system, <-relay); err != nil {
			t.Fatal(err)
		}
		if handle := <-introduced; handle != w.relay {
			t.Errorf("introduced %p, found %p", handle, w.relay)
		}
		conn := w.ready()
		system.Root.Send(parent, "hi")
		_ = conn.Answer(conn.Expect(wire.KindOutbound), wire.ParseResult([]byte(`{"success":true,"message_id":"m"}`)))
		if got := <-answers; got.Err != nil || got.Result.MessageID != "m" {
			t.Errorf("got %+v", got)
		}
		system.Root.Stop(parent)
		<-w.relay.Done()
		synctest.Wait()
		if open := w.srv.Open(); open != 0 {
			t.Errorf("%d sockets left open", open)
		}
		if s := w.relay.Status(); s.State != actors.Closed || len(w.gate.fatals) != 0 {
			t.Errorf("a relay that was stopped is %s, fatals %+v", s.State, w.gate.fatals)
		}
		if want := []actors.State{actors.Connecting, actors.Handshaking, actors.Ready,
			actors.Closed}; !slices.Equal(slices.Compact(watch.states), want) || watch.ended != 1 {
			t.Errorf("watched %v and %d ends, want %v and one", watch.states, watch.ended, want)
		}
		if err := w.engine.Close(background); err != nil {
			t.Error(err)
		}
		time.Sleep(2 * time.Second)
	})
}

// statusLog is a watcher that keeps what it sees.
type statusLog struct {
	begun  chan struct{} // closed at the first status
	states []actors.State
	ended  int
}

// StatusChanged implements messages.Watcher.
func (l *statusLog) StatusChanged(s messages.Status) {
	if l.states = append(l.states, s.State); len(l.states) == 1 {
		close(l.begun)
	}
}

// WatchEnded implements messages.Watcher.
func (l *statusLog) WatchEnded() { l.ended++ }

func TestSecretsAppearInNoLog(t *testing.T) {
	var log lockedBuffer
	inBubble(t, func(w *world) {
		for range 2 {
			conn := w.srv.Accept()
			token := strings.TrimPrefix(conn.Authorization(), "Bearer ")
			conn.Handshake()
			w.shaken()
			_ = conn.SendInbound([]byte(`{"source":"private text"}`), "b1")
			conn.Expect(wire.KindInboundAck)
			_ = conn.CloseWith(4403, "no")
			conn.AwaitEnd()
			synctest.Wait()
			for _, secret := range []string{"s3cret-value", "private text", token} {
				if told := log.String() + fmt.Sprintf("%+v", w.relay.Status()); strings.Contains(told, secret) {
					t.Errorf("told %q:\n%s", secret, told)
				}
			}
		}
		if !strings.Contains(log.String(), "bot=bot") {
			t.Errorf("nothing was logged: %q", log.String())
		}
	}, func(c *actors.Config) {
		c.GatewayID, c.Secret = "gw", "s3cret-value"
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func quietSystem() *actor.ActorSystem {
	return actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(slog.DiscardHandler)
	}))
}
