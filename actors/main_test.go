package actors_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a gateway with one relay and the connector that it dials, in virtual time.
type world struct {
	t      *testing.T
	srv    *wiretest.Server
	engine *actors.Engine
	relay  *actors.Relay
	gate   *gateway
}

// gateway records what its handlers get, and does what the test says.
type gateway struct {
	mu           sync.Mutex
	events       []string // texts, in order of handling
	interrupts   []wire.InterruptInbound
	passthroughs []*actors.Passthrough
	letters      []*actors.DeadLetter
	fatals       []actors.Fatal

	onInbound     func(ctx context.Context, d *actors.Inbound) error
	onPassthrough func(ctx context.Context, d *actors.Passthrough) error
	onInterrupt   func(ctx context.Context, i wire.InterruptInbound)
	onDeadLetter  func(ctx context.Context, d *actors.DeadLetter) error
	onFatal       func()
}

func (g *gateway) inbound(ctx context.Context, d *actors.Inbound) error {
	if g.onInbound != nil {
		if err := g.onInbound(ctx, d); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.events = append(g.events, d.Event.Text)
	return nil
}

func (g *gateway) passthrough(ctx context.Context, d *actors.Passthrough) error {
	if g.onPassthrough != nil {
		if err := g.onPassthrough(ctx, d); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.passthroughs = append(g.passthroughs, d)
	return nil
}

func (g *gateway) interrupt(ctx context.Context, i wire.InterruptInbound) {
	if g.onInterrupt != nil {
		g.onInterrupt(ctx, i)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.interrupts = append(g.interrupts, i)
}

func (g *gateway) deadLetter(ctx context.Context, d *actors.DeadLetter) error {
	if g.onDeadLetter != nil {
		if err := g.onDeadLetter(ctx, d); err != nil {
			return err
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.letters = append(g.letters, d)
	return nil
}

func (g *gateway) fatal(_ context.Context, f actors.Fatal) {
	if g.onFatal != nil {
		g.onFatal()
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fatals = append(g.fatals, f)
}

func (g *gateway) handlers() actors.Handlers {
	return actors.Handlers{Inbound: g.inbound, Passthrough: g.passthrough, Interrupt: g.interrupt,
		DeadLetter: g.deadLetter, Fatal: g.fatal}
}

// got returns the texts of the events handled so far.
func (g *gateway) got() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.events)
}

// inBubble runs body in a bubble of virtual time with a relay that is about to dial, and closes everything after it.
func inBubble(t *testing.T, body func(w *world), changes ...func(*actors.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, srv: wiretest.New(t), gate: &gateway{}}
		w.start(changes...)
		body(w)
		w.close()
	})
}

func (w *world) start(changes ...func(*actors.Config)) {
	w.t.Helper()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.engine = engine
	w.relay = w.spawn("bot", changes...)
}

func (w *world) spawn(name string, changes ...func(*actors.Config)) *actors.Relay {
	w.t.Helper()
	cfg := w.config()
	for _, change := range changes {
		change(&cfg)
	}
	relay, err := w.engine.Spawn(name, cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return relay
}

func (w *world) config() actors.Config {
	return actors.Config{URL: w.srv.URL(), Dial: w.srv.Dial, Handlers: w.gate.handlers(),
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}}}
}

func (w *world) close() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.engine.Close(ctx); err != nil {
		w.t.Errorf("close engine: %v", err)
	}
	synctest.Wait()
	if open := w.srv.Open(); open != 0 {
		w.t.Errorf("%d sockets left open", open)
	}
	w.srv.Close()
	time.Sleep(2 * time.Millisecond) // the framework's own goroutine after a dead letter
}

// ready accepts the next connection and shakes hands.
func (w *world) ready() *wiretest.Conn {
	w.t.Helper()
	conn := w.srv.Accept()
	conn.Handshake()
	w.shaken()
	return conn
}

// shaken waits until the relay is ready.
func (w *world) shaken() {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Hour)
	defer cancel()
	if _, err := w.relay.Handshake(ctx); err != nil {
		w.t.Fatalf("handshake: %v", err)
	}
}

// send begins a request and returns where its outcome comes.
func (w *world) send(ctx context.Context, text string) <-chan sent {
	outcome := make(chan sent, 1)
	go func() {
		begun := time.Now()
		result, err := w.relay.Send(ctx, wire.NewSend("c1", text))
		outcome <- sent{result, err, time.Since(begun)}
	}()
	return outcome
}

type sent struct {
	result wire.Result
	err    error
	took   time.Duration
}

func (w *world) wantState(want actors.State) actors.Status {
	w.t.Helper()
	synctest.Wait()
	status := w.relay.Status()
	if status.State != want {
		w.t.Fatalf("state is %s (%s), want %s", status.State, status.LastError, want)
	}
	return status
}

func (w *world) wantEvents(want ...string) {
	w.t.Helper()
	synctest.Wait()
	if got := w.gate.got(); !slices.Equal(got, want) {
		w.t.Fatalf("handled %q, want %q", got, want)
	}
}

// wantSame fails unless the request failed with that condition and those words.
func (s sent) want(t *testing.T, condition error, words string, ambiguous bool) {
	t.Helper()
	if !errors.Is(s.err, condition) {
		t.Errorf("error is %v, want %v", s.err, condition)
	}
	if s.result.Success || s.result.Error != words || s.result.Ambiguous != ambiguous {
		t.Errorf("result is %+v, want failure %q, ambiguous %v", s.result, words, ambiguous)
	}
}

func event(chat, id, text string) []byte { return wiretest.Event("discord", chat, id, text) }

var wiretestDescriptor = wiretest.Descriptor("discord")
