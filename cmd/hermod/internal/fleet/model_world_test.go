package fleet_test

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// simFleet is one schedule: a fleet, the connector of its bots, and the judge. What happens follows from the seed;
// only the order of what happens at one instant is the Go scheduler's choice.
type simFleet struct {
	t     *testing.T
	rng   *rand.Rand // of the schedule, on the test's goroutine
	judge *simJudge
	srv   *wiretest.Server
	fleet *fleet.Fleet
	calls sync.WaitGroup

	applied map[string]*config.Bot // the configuration in force
	off     map[string]bool        // bots that are not to run
	removed map[*fleet.Bot]time.Time
	memory  *memory         // what the fleet remembers, nil in every other schedule
	marked  map[string]bool // what it is to remember
	mu      sync.Mutex
	moods   map[string]*simMood
	conns   map[string]*wiretest.Conn // the newest of each bot
}

// simMood is how those behave who deal with a bot.
type simMood struct {
	preparation preparing
	refuses     bool // dials fail
	idle        idling
	lingers     bool // the deliverer closes only when it has to
}

// preparing and idling are ways of the preparation and of the connector that is asked to buffer.
type (
	preparing int
	idling    int
)

const (
	prepares preparing = iota
	preparesLate
	failsToPrepare
	hangs    // until its context ends
	stubborn // does not look at its context
)

const (
	confirms          idling = iota
	confirmsLate             // after 3 s
	confirmsAndStalls        // never answers the close
	ignores
)

var errModel = &net.OpError{Op: "prepare", Err: context.DeadlineExceeded}

func newSimFleet(t *testing.T, seed uint64, judge *simJudge) *simFleet {
	s := &simFleet{t: t, rng: rand.New(rand.NewPCG(seed, 1)), judge: judge, srv: wiretest.New(t),
		applied: make(map[string]*config.Bot), off: make(map[string]bool), removed: make(map[*fleet.Bot]time.Time),
		marked: make(map[string]bool),
		moods:  make(map[string]*simMood), conns: make(map[string]*wiretest.Conn)}
	s.srv.Handle(s.serve)
	opts := fleet.Options{Dial: s.dial, Prepare: s.prepare,
		Deliverers: map[string]fleet.NewDeliverer{config.KindStream: s.newDeliverer}}
	if seed/2%2 == 0 { // the shards take every other seed
		s.memory = newMemory()
		opts.Memory = s.memory
	}
	var err error
	s.fleet, err = fleet.New(opts)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// mood returns a copy of how those behave who deal with a bot.
func (s *simFleet) mood(name string) simMood {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.moods[name]; m != nil {
		return *m
	}
	return simMood{}
}

// dial knows the bot by the host of its URL.
func (s *simFleet) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	name, _, _ := strings.Cut(addr, ".")
	s.judge.dials(name)
	if s.mood(name).refuses {
		return nil, errRefused
	}
	conn, err := s.srv.Dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	s.judge.opened(name)
	return &simConn{Conn: conn, closed: sync.OnceFunc(func() { s.judge.closed(name) })}, nil
}

// simConn tells when the gateway closes its end.
type simConn struct {
	net.Conn
	closed func()
}

// Close tells and closes.
func (c *simConn) Close() error {
	c.closed()
	return c.Conn.Close()
}

// serve is the connector.
func (s *simFleet) serve(c *wiretest.Conn) {
	line, err := c.ReadFrame()
	if err != nil {
		return
	}
	hello, err := wire.DecodeHello(line)
	if err != nil || c.Send(wire.AppendDescriptor(nil, wiretest.Descriptor(hello.Platform))) != nil {
		return
	}
	s.mu.Lock()
	s.conns[hello.BotID] = c
	s.mu.Unlock()
	for {
		line, err := c.ReadFrame()
		if err != nil {
			return
		}
		if kind, _ := wire.Classify(line); kind == wire.KindGoingIdle {
			s.confirm(c, s.mood(hello.BotID).idle)
		}
	}
}

func (s *simFleet) confirm(c *wiretest.Conn, mood idling) {
	switch mood {
	case ignores:
		return
	case confirmsLate:
		time.Sleep(3 * time.Second)
	}
	_ = c.Send(wire.AppendGoingIdleAck(nil)) // it may be gone
	if mood == confirmsAndStalls {
		c.StallReads()
	}
}

func (s *simFleet) prepare(ctx context.Context, bot *config.Bot, _ actors.Config, report func(error,
	string)) (*config.Bot, error) {
	switch s.mood(bot.Name).preparation {
	case preparesLate:
		select {
		case <-time.After(3 * time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	case failsToPrepare:
		return nil, errModel
	case hangs:
		report(errModel, "wait")
		<-ctx.Done()
		return nil, ctx.Err()
	case stubborn:
		time.Sleep(5 * time.Second)
	}
	return bot, nil
}

// simDeliverer counts itself.
type simDeliverer struct {
	sim *simFleet
	bot *fleet.Bot
}

func (s *simFleet) newDeliverer(_ context.Context, t fleet.Target) (fleet.Deliverer, error) {
	s.judge.delivers(t.Bot, 1)
	return &simDeliverer{s, t.Bot}, nil
}

// Inbound takes nothing: no schedule delivers.
func (d *simDeliverer) Inbound(context.Context, *actors.Inbound) error { return nil }

// Close takes as long as it may, or none.
func (d *simDeliverer) Close(ctx context.Context) error {
	if d.sim.mood(d.bot.Name()).lingers {
		<-ctx.Done()
	}
	d.sim.judge.delivers(d.bot, -1)
	return nil
}
