package actors

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/mailbox"
	"hermod/messages"
	"hermod/supervisor"
)

// engineActor owns the relays of an engine. A relay that panics is stopped and never takes another one with it.
type engineActor struct {
	log    func() *slog.Logger
	count  *atomic.Int64  // how many relays there are, for the engine's status
	ended  func([]*Relay) // what follows its end, with the relays whose handlers may still run
	relays map[string]*Relay
	// next are relays whose name belongs to one that has ended, but which the framework has not removed yet.
	next    map[string]*spawnRelay
	closing *closeEngine // nil until asked to close

	stopped []*Relay // relays that have stopped, though handlers of theirs may still run
}

func engineProps(log func() *slog.Logger, count *atomic.Int64, ended func([]*Relay),
	start func(func())) *actor.Props {
	stop := actor.NewOneForOneStrategy(0, 0, func(any) actor.Directive { return actor.StopDirective })
	return actor.PropsFromProducer(func() actor.Actor {
		return &engineActor{log: log, count: count, ended: ended, relays: make(map[string]*Relay),
			next: make(map[string]*spawnRelay)}
	}, actor.WithSupervisor(stop), actor.WithMailbox(mailbox.New[sender](start).Producer()))
}

// Receive implements actor.Actor.
func (e *engineActor) Receive(ctx actor.Context) {
	defer supervisor.LogBug(e.log, ctx)
	switch m := ctx.Message().(type) {
	case *spawnRelay:
		e.spawn(ctx, m)
	case *listRelays:
		m.reply <- maps.Clone(e.relays)
	case *closeEngine:
		e.close(ctx, m)
	case *actor.Terminated:
		e.bury(ctx, m.Who)
	case *actor.Stopping, *actor.Restarting:
		for _, relay := range e.relays {
			relay.self.Adopt(ctx)
		}
	case *actor.Stopped:
		e.ended(e.stopped)
	default:
		supervisor.WarnUnknown(e.log, ctx)
	}
	e.count.Store(int64(len(e.relays)))
}

func (e *engineActor) spawn(ctx actor.Context, m *spawnRelay) {
	if e.closing != nil {
		m.reply <- ErrClosed
		return
	}
	if old := e.relays[m.handle.Name()]; old != nil {
		e.succeed(old, m)
		return
	}
	err := m.handle.start()
	if err == nil {
		e.relays[m.handle.Name()] = m.handle
	}
	m.reply <- err
}

// succeed lets a relay take the name of one that has ended, once the framework has removed the old actor.
func (e *engineActor) succeed(old *Relay, m *spawnRelay) {
	if old.done.IsGiven() && e.next[m.handle.Name()] == nil {
		e.next[m.handle.Name()] = m
		return
	}
	m.reply <- ErrNameTaken
}

func (e *engineActor) close(ctx actor.Context, m *closeEngine) {
	if e.closing != nil {
		return
	}
	e.closing = m
	for _, relay := range e.relays {
		relay.Tell(&messages.CloseRelay{Deadline: m.deadline})
	}
	e.stopWhenEmpty(ctx)
}

func (e *engineActor) bury(ctx actor.Context, who *actor.PID) {
	name := strings.TrimPrefix(who.Id, ctx.Self().Id+"/")
	if relay := e.relays[name]; relay != nil {
		e.stopped = slices.DeleteFunc(append(e.stopped, relay), (*Relay).isDone)
	}
	delete(e.relays, name)
	if next := e.next[name]; next != nil {
		delete(e.next, name)
		e.spawn(ctx, next)
	}
	e.stopWhenEmpty(ctx)
}

func (e *engineActor) stopWhenEmpty(ctx actor.Context) {
	if e.closing != nil && len(e.relays) == 0 {
		ctx.Stop(ctx.Self())
	}
}
