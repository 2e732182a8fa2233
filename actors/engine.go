package actors

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/socket"
)

// EngineConfig describes an engine; its zero value works.
type EngineConfig struct {
	// System is the actor system to live in. If nil, the engine makes its own. Use one per process.
	System *actor.ActorSystem
	// Logger gets one line per transition of relays that have no logger of their own; nil logs nothing.
	Logger *slog.Logger
	// MaxQueuedBytes (1 GiB) bounds what the deliveries of all relays hold together. At the bound, a relay that holds
	// more than 64 KiB stops reading until there is room; one that holds less goes on.
	MaxQueuedBytes int
	// MaxPendingBytes (1 GiB) bounds the requests without a result of all relays together; beyond, Send fails with
	// ErrBusy.
	MaxPendingBytes int
}

// Engine runs relays, one per platform bot, each supervised alone. Its methods may be called from any goroutine.
type Engine struct {
	system *actor.ActorSystem
	owned  bool
	self   ref[toEngine]
	log    *slog.Logger
	poller socket.SharedPoller
	bounds bounds
	done   chan struct{} // closed by the engine's actor when it has stopped
	last   []*Relay      // relays whose handlers may still run then; set before done is closed
}

// New starts an engine. End it with Close.
func New(cfg EngineConfig) (*Engine, error) {
	e := &Engine{system: cfg.System, log: cfg.Logger, done: make(chan struct{})}
	if cfg.MaxQueuedBytes < 0 || cfg.MaxPendingBytes < 0 {
		return nil, errors.New("start engine: MaxQueuedBytes or MaxPendingBytes is negative")
	}
	fill(&cfg.MaxQueuedBytes, 1<<30)
	fill(&cfg.MaxPendingBytes, 1<<30)
	e.bounds.maxQueued, e.bounds.maxPending = int64(cfg.MaxQueuedBytes), int64(cfg.MaxPendingBytes)
	if e.log == nil {
		e.log = discardLogger
	}
	if e.system == nil {
		e.owned = true
		e.system = newSystem(e.log)
	}
	props := engineProps(e.log, &e.poller, e.done, &e.last)
	pid, err := e.system.Root.SpawnNamed(props, "hermod-"+e.system.ProcessRegistry.NextId())
	if err != nil {
		return nil, fmt.Errorf("start engine: %w", err)
	}
	e.self = ref[toEngine]{root: e.system.Root, pid: pid}
	return e, nil
}

// Spawn starts a relay for a bot and returns at once, while it dials. The error lists every field of cfg that is wrong,
// or is ErrNameTaken or ErrClosed. The name is taken until the relay is closed, also when it has ended by itself.
func (e *Engine) Spawn(name string, cfg Config) (*Relay, error) {
	resolved, err := cfg.resolve(name, e.log)
	if err != nil {
		return nil, err
	}
	if name == "" {
		return nil, errors.New("spawn relay: the name is empty")
	}
	handle := newHandle(resolved, &e.poller, &e.bounds)
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
	resolved, err := cfg.resolve(name, e.log)
	if err != nil {
		return nil, err
	}
	return relayProps(func() *Relay { return newHandle(resolved, &e.poller, &e.bounds) }), nil
}

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
// any more. When ctx ends first, the rest is cut off, and a CloseTimeoutError says how many handlers of all relays
// still run. A context without a deadline leaves 10 s.
func (e *Engine) Close(ctx context.Context) error {
	ctx, cancel := withCloseBudget(ctx)
	defer cancel()
	deadline, _ := ctx.Deadline()
	e.self.Tell(&closeEngine{deadline: deadline})
	var err error
	select {
	case <-e.done:
		err = awaitHandlers(ctx, e.last)
	case <-ctx.Done():
		e.self.root.Stop(e.self.pid)
		<-e.done
		err = closeTimeout(ctx, e.last...)
	}
	if e.owned && !e.system.IsStopped() {
		e.system.Shutdown()
	}
	return err
}
