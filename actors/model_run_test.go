package actors_test

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hermod/actors"
	"hermod/messages"
	"hermod/supervisor"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// simRun is one schedule: a relay, a connector, a gateway's handlers and the ledger that judges them. Everything that
// happens follows from the seed; only the order of what happens at one instant is the Go scheduler's choice.
type simRun struct {
	t         *testing.T
	seed      uint64
	ledger    *simLedger
	connector *simConnector
	cfg       actors.Config
	dependent bool // most handlers wait for a session
	engine    *actors.Engine
	relay     *actors.Relay

	calm   atomic.Bool   // the trouble is over: everybody behaves
	calmed chan struct{} // closed then
	calls  sync.WaitGroup
	leave  context.CancelFunc // ends the contexts of calls that wait for it
	left   context.Context

	dials        atomic.Int64
	interrupts   atomic.Int64
	interrupting atomic.Int64
	woken        atomic.Int64 // when the relay was last woken, in nanoseconds
	fatalDials   atomic.Int64 // dials when the relay ended; -1 before
	closed       atomic.Bool  // the schedule closed the relay
	requests     int
	items        int
}

// pick returns a source of chance that depends on the seed and on what it is for, not on when it is asked.
func (r *simRun) pick(purpose string, about ...any) *rand.Rand {
	h := fnv.New64a()
	fmt.Fprint(h, purpose, about)
	return rand.New(rand.NewPCG(r.seed, h.Sum64()))
}

// mood says how somebody behaves: from 0, well, to 99, badly.
func (r *simRun) mood(purpose string, about ...any) int {
	if r.calm.Load() {
		return 0
	}
	return r.pick(purpose, about...).IntN(100)
}

// span returns a time of up to most.
func (r *simRun) span(most time.Duration, purpose string, about ...any) time.Duration {
	if r.calm.Load() {
		return 0
	}
	return r.drawSpan(r.pick(purpose, about...), most)
}

// drawSpan often draws a time that the relay knows, too, so that two things happen at one instant.
func (r *simRun) drawSpan(rng *rand.Rand, most time.Duration) time.Duration {
	known := []time.Duration{0, 100 * time.Millisecond, time.Second, 10 * time.Second, 30 * time.Second,
		r.cfg.OutboundTimeout}
	if span := known[rng.IntN(len(known))]; rng.IntN(4) == 0 && span <= most {
		return span
	}
	return time.Duration(rng.Int64N(int64(most)))
}

func newRun(t *testing.T, seed uint64, ledger *simLedger) *simRun {
	r := &simRun{t: t, seed: seed, ledger: ledger, calmed: make(chan struct{})}
	r.fatalDials.Store(-1)
	r.left, r.leave = context.WithCancel(context.Background())
	rng := r.pick("config")
	srv := wiretest.New(t)
	r.connector = &simConnector{run: r, srv: srv, gated: rng.IntN(2) == 0}
	srv.Handle(r.connector.serve)
	srv.OnDial(r.connector.decide)
	if rng.IntN(3) == 0 {
		srv.SetBuffer(64 + rng.IntN(4096))
	}
	r.cfg = r.configure(rng, srv)
	return r
}

func (r *simRun) configure(rng *rand.Rand, srv *wiretest.Server) actors.Config {
	deadLetters := rng.IntN(2) == 0
	cfg := actors.Config{
		URL: srv.URL(), Dial: r.dial, GatewayID: "g1", Secret: "s3cret",
		Identities:      []wire.Identity{{Platform: "discord", BotID: "b1"}},
		Handlers:        r.handlers(deadLetters, !deadLetters || rng.IntN(2) == 0),
		Strategy:        []supervisor.Strategy{supervisor.Terminal, supervisor.Strict, supervisor.Confirm}[rng.IntN(3)],
		NoReconnect:     rng.IntN(30) == 0,
		OutboundTimeout: time.Duration(5+rng.IntN(26)) * time.Second,
		Tries:           1 + rng.IntN(3),
		MaxHandlers:     []int{1, 2, 64}[rng.IntN(3)],
		MaxPending:      []int{2, 4096, 4096, 4096}[rng.IntN(4)],
		MaxQueued:       []int{1, 2, 5, 4096, 4096, 4096}[rng.IntN(6)],
		MaxQueuedBytes:  []int{1000, 1 << 20, 1 << 20}[rng.IntN(3)],
	}
	if rng.IntN(3) == 0 {
		cfg.Identities = append(cfg.Identities, wire.Identity{Platform: "slack", BotID: "b2"})
	}
	r.ledger.deaf = cfg.MaxQueued < 4096 || cfg.MaxQueuedBytes < 1<<20
	r.dependent = rng.IntN(4) == 0
	jitter := rng.Float64()
	r.ledger.hasDeadLetter, r.ledger.tries, r.ledger.maxHandlers = deadLetters, cfg.Tries, cfg.MaxHandlers
	r.ledger.note("gated %v, strategy %s, dead letters %v, tries %d, handlers %d, pending %d, queued %d or %d bytes, timeout %v, no reconnect %v, dependent %v",
		r.connector.gated, cfg.Strategy, deadLetters, cfg.Tries, cfg.MaxHandlers, cfg.MaxPending, cfg.MaxQueued,
		cfg.MaxQueuedBytes, cfg.OutboundTimeout, cfg.NoReconnect, r.dependent)
	return actors.WithJitter(cfg, func() float64 { return jitter })
}

// dial opens a connection that may break at any byte.
func (r *simRun) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	n := r.dials.Add(1)
	conn, err := r.connector.srv.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	limit := cutLimit{-1, -1}
	rng := r.pick("cut", n)
	switch mood := r.mood("cut", n); {
	case mood < 70:
	case mood < 85:
		limit.read = 1 + rng.IntN(4000)
	default:
		limit.write = 1 + rng.IntN(3000)
	}
	r.ledger.note("dial %d may read %d and write %d bytes", n, limit.read, limit.write)
	return &simCut{Conn: conn, limit: limit}, nil
}

// play runs the whole schedule: trouble, then calm, then the end.
func (r *simRun) play() {
	var err error
	if r.engine, err = actors.New(actors.EngineConfig{}); err != nil {
		r.t.Fatal(err)
	}
	if r.relay, err = r.engine.Spawn("bot", r.cfg); err != nil {
		r.t.Fatal(err)
	}
	r.calls.Go(r.watch)
	r.trouble()
	r.settle()
	r.end()
}

// watch judges each change of state.
func (r *simRun) watch() {
	follows := map[actors.State][]actors.State{
		messages.Connecting: {messages.Handshaking, messages.Backoff, messages.Disabled, messages.Failed, messages.Closed},
		messages.Handshaking: {messages.Ready, messages.Backoff, messages.Connecting, messages.Disabled,
			messages.Failed, messages.Closed},
		messages.Ready: {messages.Dormant, messages.Backoff, messages.Connecting, messages.Disabled,
			messages.Failed, messages.Closed},
		messages.Backoff:  {messages.Connecting, messages.Closed},
		messages.Dormant:  {messages.Connecting, messages.Closed},
		messages.Disabled: {messages.Closed},
		messages.Failed:   {messages.Closed},
	}
	var last actors.State
	var due, since time.Time // of the last backoff
	for status := range r.relay.Watch(context.Background()) {
		if status.State == last {
			continue
		}
		r.ledger.note("state %s, attempt %d: %s", status.State, status.Attempt, status.LastError)
		legal := last == ""
		for _, next := range follows[last] {
			legal = legal || next == status.State
		}
		if !legal {
			r.ledger.fault("the state went from %s to %s", last, status.State)
		}
		if last == messages.Backoff && status.State == messages.Connecting && time.Now().Before(due) &&
			r.woken.Load() < since.UnixNano() {
			r.ledger.fault("a dial came %v too early", time.Until(due))
		}
		last, due, since = status.State, status.NextDial, status.Since
	}
	if !last.Final() {
		r.ledger.fault("the last state is %s", last)
	}
}
