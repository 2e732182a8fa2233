package downstream_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/deliver"
	"hermod/cmd/hermod/internal/downstream"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/store"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const secret = wire.Secret("canary-gateway")

// world is a daemon's middle: a fleet, whose relays dial a connector in memory, and the listener of the gateways.
type world struct {
	*testing.T
	upstream *wiretest.Server
	server   *downstream.Server
	listener *wiretest.Listener
	fleet    *fleet.Fleet
	ways     *deliver.Ways
	store    *store.Store
	cfg      *config.Config
	end      context.CancelFunc
	followed chan struct{}
	log      bytes.Buffer
	others   downstream.Elsewhere // of a cluster; nil without one
}

// behind is a bot whose gateway is called as it is.
func behind(name string, identities ...config.Identity) *config.Bot {
	if len(identities) == 0 {
		identities = []config.Identity{{Platform: "telegram", BotID: "t1"}}
	}
	return &config.Bot{Name: name, Enabled: true, Reconnect: true, Identities: identities, GatewayID: name,
		Secret:  &config.Secret{Value: "canary-connector"},
		Deliver: config.Deliver{Relay: &config.Relay{GatewayID: name, Secret: &config.Secret{Value: secret}}}}
}

// inBubble runs a test in virtual time, with one bot, a, unless it is told other ones.
func inBubble(t *testing.T, durable bool, test func(w *world), bots ...*config.Bot) {
	t.Helper()
	inWorld(t, durable, func(*world) {}, test, bots...)
}

// inWorld is inBubble with a world that is adjusted before it starts.
func inWorld(t *testing.T, durable bool, adjust func(w *world), test func(w *world), bots ...*config.Bot) {
	t.Helper()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		if len(bots) == 0 {
			bots = []*config.Bot{behind("a")}
		}
		w := &world{T: t, upstream: wiretest.New(t)}
		w.cfg = &config.Config{State: folder, Bots: bots, Gateways: config.Gateways{Listen: "memory", Durable: durable,
			MaxKept: 100, MaxKeptBytes: 8 << 20}}
		for _, bot := range bots {
			bot.URL = w.upstream.URL()
		}
		adjust(w)
		w.start()
		test(w)
		w.stop()
	})
}

func (w *world) start() {
	w.Helper()
	log := slog.New(slog.NewTextHandler(&w.log, nil))
	var err error
	w.store, err = store.Open(filepath.Join(w.cfg.State, "state"), log)
	w.must(err)
	w.ways = deliver.New(10)
	w.ways.KeepIn(w.store)
	w.server = downstream.New(downstream.Options{Memory: w.store, Logger: log, Elsewhere: w.others})
	w.ways.ServeGateways(w.server)
	w.fleet, err = fleet.New(fleet.Options{Deliverers: w.ways.Deliverers(), Dial: w.upstream.Dial, Logger: log})
	w.must(err)
	ctx, cancel := context.WithCancel(context.Background())
	w.end, w.followed = cancel, make(chan struct{})
	events := w.fleet.Watch(ctx)
	go func() {
		defer close(w.followed)
		w.server.Follow(events)
	}()
	w.listen()
	_, err = w.fleet.Apply(w.cfg)
	w.must(err)
}

// listen has the gateways served at a new listener.
func (w *world) listen() {
	w.Helper()
	w.listener = wiretest.NewListener()
	w.must(w.server.Apply(w.cfg, w.listener, nil))
}

func (w *world) stop() {
	w.Helper()
	w.must(w.fleet.Close(context.Background()))
	w.end()
	<-w.followed
	w.server.Close()
	w.ways.Close()
	w.must(w.store.Close())
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// connector accepts the bot's link and says what it says of each platform.
func (w *world) connector(platforms ...string) *wiretest.Conn {
	w.Helper()
	conn := w.upstream.Accept()
	var descriptors []*wire.Descriptor
	for _, platform := range append(platforms, "telegram")[:max(1, len(platforms))] {
		descriptors = append(descriptors, wiretest.Descriptor(platform))
	}
	conn.Handshake(descriptors...)
	synctest.Wait()
	return conn
}

// status is how deliveries to the bot's gateway go.
func (w *world) status(bot string) fleet.Health {
	w.Helper()
	b, there := w.fleet.Bot(bot)
	if !there {
		w.Fatalf("there is no bot %s", bot)
	}
	return b.Status().Delivery()
}

// engine is a gateway that is made with the engine, and what it got.
type engine struct {
	*actors.Relay
	w          *world
	system     *actors.Engine
	events     chan *actors.Inbound
	forwards   chan *actors.Passthrough
	interrupts chan wire.InterruptInbound
}

// gateway dials as a bot's gateway.
func (w *world) gateway(id string, change ...func(*actors.Config)) *engine {
	w.Helper()
	g := &engine{w: w, events: make(chan *actors.Inbound, 1000), forwards: make(chan *actors.Passthrough, 10),
		interrupts: make(chan wire.InterruptInbound, 10)}
	var err error
	g.system, err = actors.New(actors.EngineConfig{})
	w.must(err)
	cfg := actors.Config{URL: "ws://hermod", GatewayID: id, Secret: secret,
		Dial: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return w.listener.Dial(ctx, network, addr)
		},
		Identities: []wire.Identity{{Platform: "telegram", BotID: "t1"}},
		Handlers: actors.Handlers{
			Inbound:     func(_ context.Context, d *actors.Inbound) error { g.events <- d; return nil },
			Passthrough: func(_ context.Context, d *actors.Passthrough) error { g.forwards <- d; return nil },
			Interrupt:   func(_ context.Context, i wire.InterruptInbound) { g.interrupts <- i },
		}}
	for _, c := range change {
		c(&cfg)
	}
	g.Relay, err = g.system.Spawn("gateway", cfg)
	w.must(err)
	synctest.Wait()
	return g
}

func (g *engine) close() {
	g.w.Helper()
	g.w.must(g.system.Close(context.Background()))
}

// want takes the next event and checks its text.
func (g *engine) want(texts ...string) {
	g.w.Helper()
	for _, text := range texts {
		select {
		case d := <-g.events:
			if d.Event.Text != text {
				g.w.Fatalf("the gateway got %q, want %q", d.Event.Text, text)
			}
		case <-time.After(time.Minute):
			g.w.Fatalf("the gateway did not get %q", text)
		}
	}
}
