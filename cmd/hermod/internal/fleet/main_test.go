package fleet_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var background = context.Background()

// world is a fleet and the connector of its bots, in virtual time.
type world struct {
	t     *testing.T
	srv   *wiretest.Server
	fleet *fleet.Fleet

	mu         sync.Mutex
	conns      map[string]*wiretest.Conn // the newest of each bot id
	delivered  map[string][]string       // texts by bot
	deliverers []*deliverer

	onInbound func(ctx context.Context, bot, text string) error
	onMake    func(ctx context.Context, bot string) error
	onHealth  func() fleet.Health // has deliverers be asked how they are
}

// inBubble runs a test in virtual time and sees to it that the fleet leaves nothing behind.
func inBubble(t *testing.T, adjust func(*fleet.Options), test func(*world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, srv: wiretest.New(t), conns: make(map[string]*wiretest.Conn), delivered: make(map[string][]string)}
		w.srv.Handle(w.serve)
		opts := fleet.Options{Dial: w.srv.Dial, Deliverers: map[string]fleet.NewDeliverer{config.KindStream: w.newDeliverer}}
		if adjust != nil {
			adjust(&opts)
		}
		var err error
		if w.fleet, err = fleet.New(opts); err != nil {
			t.Fatal(err)
		}
		test(w)
		w.close()
	})
}

func (w *world) close() {
	ctx, cancel := context.WithTimeout(background, time.Minute)
	defer cancel()
	if err := w.fleet.Close(ctx); err != nil {
		w.t.Errorf("close: %v", err)
	}
	synctest.Wait()
	if open := w.srv.Open(); open != 0 {
		w.t.Errorf("%d sockets left open", open)
	}
	for _, d := range w.deliverers {
		if d.closed != 1 {
			w.t.Errorf("a deliverer of %s was closed %d times", d.bot, d.closed)
		}
	}
	w.srv.Close()
	time.Sleep(2 * time.Millisecond) // the framework's own goroutine after a dead letter
}

// serve is the connector: it notes which bot a connection belongs to and behaves.
func (w *world) serve(c *wiretest.Conn) {
	hello := c.Handshake()[0]
	w.mu.Lock()
	w.conns[hello.BotID] = c
	w.mu.Unlock()
	wiretest.Serve(c)
}

func (w *world) conn(bot string) *wiretest.Conn {
	w.t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.conns[bot] == nil {
		w.t.Fatalf("%s never connected", bot)
	}
	return w.conns[bot]
}

// deliverer notes what it gets.
type deliverer struct {
	w      *world
	bot    string
	report func(fleet.Health)
	closed int
}

func (w *world) newDeliverer(ctx context.Context, t fleet.Target) (fleet.Deliverer, error) {
	if w.onMake != nil {
		if err := w.onMake(ctx, t.Bot.Name()); err != nil {
			return nil, err
		}
	}
	d := &deliverer{w: w, bot: t.Bot.Name(), report: t.Report}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.deliverers = append(w.deliverers, d)
	if w.onHealth != nil {
		return telling{d}, nil
	}
	return d, nil
}

// telling is a deliverer that can be asked how it is.
type telling struct{ *deliverer }

func (t telling) Health() fleet.Health { return t.w.onHealth() }

func (d *deliverer) Inbound(ctx context.Context, in *actors.Inbound) error {
	if d.w.onInbound != nil {
		if err := d.w.onInbound(ctx, d.bot, in.Event.Text); err != nil {
			return err
		}
	}
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.w.delivered[d.bot] = append(d.w.delivered[d.bot], in.Event.Text)
	return nil
}

func (d *deliverer) Close(context.Context) error {
	d.w.mu.Lock()
	defer d.w.mu.Unlock()
	d.closed++
	return nil
}

// bot is the configuration of one bot, whose id at the connector is its name.
func bot(name string, adjust ...func(*config.Bot)) *config.Bot {
	b := &config.Bot{Name: name, Enabled: true, Reconnect: true, URL: "ws://connector.test",
		Identities: []config.Identity{{Platform: "discord", BotID: name}}, Deliver: config.Deliver{Stream: &config.Stream{}}}
	for _, change := range adjust {
		change(b)
	}
	return b
}

func off(b *config.Bot) { b.Enabled = false }

func changed(b *config.Bot) { b.Limits = &config.Limits{MaxHandlers: 7} }

// apply applies these bots and waits until nothing moves any more.
func (w *world) apply(bots ...*config.Bot) fleet.Changes {
	w.t.Helper()
	changes, err := w.fleet.Apply(&config.Config{Bots: bots,
		Shutdown: config.Shutdown{Budget: config.Duration{Duration: 10 * time.Second}}})
	if err != nil {
		w.t.Fatalf("apply: %v", err)
	}
	synctest.Wait()
	return changes
}

func (w *world) bot(name string) *fleet.Bot {
	w.t.Helper()
	b, ok := w.fleet.Bot(name)
	if !ok {
		w.t.Fatalf("no bot %s", name)
	}
	return b
}

func (w *world) want(name string, state actors.State, word string) fleet.Status {
	w.t.Helper()
	synctest.Wait()
	status := w.bot(name).Status()
	if status.State != state || status.PlatformState != word || status.Name != name {
		w.t.Fatalf("%s is %s, %s (%s), want %s, %s", name, status.State, status.PlatformState, status.LastError, state, word)
	}
	return status
}

func (w *world) got(bot string) []string {
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.delivered[bot]
}

func (w *world) inject(bot, text string) {
	w.t.Helper()
	if err := w.conn(bot).SendInbound(wiretest.Event("discord", "c1", text, text), "buffer-"+text); err != nil {
		w.t.Errorf("inject into %s: %v", bot, err)
	}
	synctest.Wait()
}

var errRefused = errors.New("refused")

func revoke(c *wiretest.Conn) error { return c.CloseWith(wire.CloseUnauthorized, "unauthorized") }
