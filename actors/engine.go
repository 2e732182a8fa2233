package actors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/socket"
	"hermod/actors/passive"
	"hermod/supervisor"
	"hermod/wire"
)

// EngineConfig describes an engine; its zero value works.
type EngineConfig struct {
	// System is the actor system to live in. If nil, the engine makes its own. Use one per process.
	System *actor.ActorSystem
	// Logger gets one line per transition of relays that have no logger of their own; nil logs nothing. It is called on a
	// goroutine of its own, so it may block and may use the engine's relays; only its Enabled must answer at once. Of the
	// lines that wait for it, those beyond 4096 are dropped, and counted in a later line. A handler that wants more lines
	// of some relays has a method Narrow([]slog.Attr) slog.Handler, which answers at once with the handler whose Enabled
	// is asked about lines with these attributes.
	Logger *slog.Logger
	// QuietTransitions has the transitions of relays logged at debug level: whoever runs thousands of them watches their
	// status and sums up what an outage does to them.
	QuietTransitions bool
	// MaxQueuedBytes (1 GiB) bounds what the deliveries of all relays hold together. At the bound, a relay that holds
	// more than 64 KiB stops reading until there is room; one that holds less goes on.
	MaxQueuedBytes int
	// MaxPendingBytes (1 GiB) bounds the requests without a result of all relays together; beyond, Send fails with
	// ErrBusy.
	MaxPendingBytes int
	// MaxDials bounds the dials that are under way at once, from the TCP connection to the answered upgrade; further ones
	// wait for their turn, which does not count against DialTimeout. Connectors take turns, and one alone gets three
	// quarters of them, so that relays of a connector that is gone hold up no others. 0 is 256 for each processor, since
	// more TLS handshakes at once only make each later, but at most half of the files that the process may open, which
	// leaves the others to connections that are open.
	MaxDials int
}

// Engine runs relays, one per platform bot, each supervised alone. Its methods may be called from any goroutine.
type Engine struct {
	system *actor.ActorSystem
	owned  bool
	self   ref[toEngine]
	logs   *logQueue
	log    *slog.Logger // behind logs
	common
	relays atomic.Int64  // how many run
	done   chan struct{} // closed by the engine's actor when it has stopped
	last   []*Relay      // relays whose handlers may still run then; set before done is closed
}

// New starts an engine. End it with Close. The error says what is wrong with cfg.
func New(cfg EngineConfig) (*Engine, error) {
	if err := cfg.validate(); err != nil {
		return nil, fmt.Errorf("start engine: %w", err)
	}
	e := &Engine{system: cfg.System, logs: newLogQueue(), done: make(chan struct{})}
	e.log = e.logs.behind(cfg.Logger)
	e.workers = newWorkers()
	onWorkers := actor.WithDispatcher(e.workers)
	e.relayProps = passive.NewProps(underLinkSupervision, onWorkers)
	e.linkProps = passive.NewProps(actor.WithSupervisor(supervisor.HalfSupervision{}), onWorkers)
	e.poller.Start, e.poller.NewTurn = e.workers.start, e.workers.newTurn
	if e.system == nil {
		e.owned = true
		e.system = newSystem(e.log)
	}
	e.bounds.maxQueued, e.bounds.maxPending = int64(cfg.MaxQueuedBytes), int64(cfg.MaxPendingBytes)
	fill(&e.bounds.maxQueued, 1<<30)
	fill(&e.bounds.maxPending, 1<<30)
	e.quiet = cfg.QuietTransitions
	e.dials.max = cfg.MaxDials
	fill(&e.dials.max, defaultMaxDials())
	log := func() *slog.Logger { return e.log }
	e.tree = e.system.Root
	e.pings.start(&e.common, log)
	dials, err := e.spawn("hermod-dials-", dialQueueProps(&e.dials, log, e.workers.start))
	if err != nil {
		return nil, err
	}
	e.dials.self = ref[toDials]{root: e.system.Root, pid: dials}
	self, err := e.spawn("hermod-", engineProps(log, &e.relays, e.ended, e.workers.start))
	if err != nil {
		e.dials.close()
		return nil, err
	}
	e.engine = self
	e.self = ref[toEngine]{root: e.system.Root, pid: self}
	return e, nil
}

func (e *Engine) spawn(prefix string, props *actor.Props) (*actor.PID, error) {
	pid, err := e.system.Root.SpawnNamed(props, prefix+e.system.ProcessRegistry.NextId())
	if err != nil {
		return nil, fmt.Errorf("start engine: %w", err)
	}
	return pid, nil
}

func (c EngineConfig) validate() error {
	for _, bound := range []struct {
		field string
		value int
	}{{"MaxQueuedBytes", c.MaxQueuedBytes}, {"MaxPendingBytes", c.MaxPendingBytes}, {"MaxDials", c.MaxDials}} {
		if bound.value < 0 {
			return &wire.ConfigError{Field: bound.field, Reason: "is negative"}
		}
	}
	return nil
}

func defaultMaxDials() int { return max(1, min(256*runtime.GOMAXPROCS(0), socket.MaxOpenFiles()/2)) }

// Spawn starts a relay for a bot and returns at once, while it dials. The error lists every field of cfg that is wrong,
// or is ErrNameTaken or ErrClosed. The name is taken until the relay is closed, also when it has ended by itself.
func (e *Engine) Spawn(name string, cfg Config) (*Relay, error) {
	resolved, err := e.resolve(name, cfg)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, errors.New("spawn relay: the name is empty")
	}
	handle := &newRelay(resolved, &e.common, always{e.engine}).handle
	reply := make(chan error, 1)
	e.self.Tell(&spawnRelay{handle: handle, reply: reply})
	select {
	case err = <-reply:
	case <-e.done:
		err = ErrClosed
	}
	if err != nil {
		return nil, fmt.Errorf("spawn relay %q: %w", name, err)
	}
	return handle, nil
}

// RelayProps describes a relay for a gateway that is built on Proto.Actor itself: spawn it once, in the engine's actor
// system, under a parent of your own. Talk to it in the messages of messages.ToRelay, or through the handle that
// messages.Introduce and RelayOf give. It has everything that Spawn gives, but the engine does not know it: neither
// Relay nor Relays finds it, its name need not be unique, and its parent ends it. Stopping the actor ends the relay
// without draining; messages.CloseRelay drains. A relay that outlives the engine goes on. The error lists every field
// of cfg that is wrong.
func (e *Engine) RelayProps(name string, cfg Config) (*actor.Props, error) {
	resolved, err := e.resolve(name, cfg)
	if err != nil {
		return nil, err
	}
	return relayProps(func() *relayActor { return newRelay(resolved, &e.common, nil) }), nil
}

// resolve checks a relay's configuration, and puts its logger behind the engine's queue.
func (e *Engine) resolve(name string, cfg Config) (config, error) {
	if cfg.Logger != nil {
		cfg.Logger = e.logs.behind(cfg.Logger)
	}
	return cfg.resolve(name, e.log)
}

// Logger returns EngineConfig.Logger, or one that logs nothing, for what surrounds the relays: its lines are written in
// order with theirs, on the same goroutine, until Close has written the last.
func (e *Engine) Logger() *slog.Logger { return e.log }

// System is the actor system that the engine lives in. Close ends it only if it is the engine's own.
func (e *Engine) System() *actor.ActorSystem { return e.system }

// Relay returns the relay of that name, unless it was closed.
func (e *Engine) Relay(name string) (*Relay, bool) {
	r, ok := e.list()[name]
	return r, ok
}

// Relays returns the relays that were not closed, in no particular order.
func (e *Engine) Relays() []*Relay {
	var relays []*Relay
	for _, handle := range e.list() {
		relays = append(relays, handle)
	}
	return relays
}

func (e *Engine) list() map[string]*Relay {
	reply := make(chan map[string]*Relay, 1)
	e.self.Tell(&listRelays{reply: reply})
	select {
	case relays := <-reply:
		return relays
	case <-e.done:
		return nil
	}
}

// Close closes every relay side by side, as Relay.Close does, then the engine, and returns nil when nothing of it runs
// any more and what was logged is written. When ctx ends first, the rest is cut off, and a CloseTimeoutError says how
// many handlers of all relays still run. A context without a deadline leaves 10 s. A Logger that finishes no line for a
// second is not waited for.
func (e *Engine) Close(ctx context.Context) error {
	ctx, cancel := withCloseBudget(ctx)
	defer cancel()
	deadline, _ := ctx.Deadline()
	e.self.Tell(&closeEngine{deadline: deadline})
	select {
	case <-e.done:
		if err := awaitHandlers(ctx, e.last); err != nil {
			return err
		}
		if err := e.logs.flush(ctx); err != nil {
			return &CloseTimeoutError{Err: err}
		}
		return nil
	case <-ctx.Done():
		return closeTimeout(ctx, e.cutOff()...)
	}
}

// cutOff stops the engine's actors without draining, waits for that, and returns the relays whose handlers may still
// run.
func (e *Engine) cutOff() []*Relay {
	e.self.root.Stop(e.self.pid)
	select {
	case <-e.done:
		return e.last
	case <-time.After(cutOffWait):
		return nil
	}
}

// ended runs when the engine's actor has stopped.
func (e *Engine) ended(stopped []*Relay) {
	e.last = stopped
	e.poller.Close()
	e.workers.end()
	e.dials.close()
	if e.owned {
		e.system.Shutdown()
	}
	close(e.done)
}
