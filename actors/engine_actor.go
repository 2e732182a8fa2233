package actors

import (
	"errors"
	"log/slog"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
)

// engineActor owns the relays of an engine. A relay that panics is stopped and never takes another one with it.
type engineActor struct {
	logger *slog.Logger
	poll   *polling
	done   chan struct{}
	relays map[string]*Relay
	// next are relays that are asked for by a name whose relay has ended, but is not buried yet.
	next    map[string]*messages.SpawnRelay
	props   *actor.Props // of every relay; a new one takes its handle from coming
	coming  *Relay
	closing *messages.CloseEngine // nil until asked to close
}

func engineProps(log *slog.Logger, poll *polling, done chan struct{}) *actor.Props {
	stop := actor.NewOneForOneStrategy(0, 0, func(any) actor.Directive { return actor.StopDirective })
	return actor.PropsFromProducer(func() actor.Actor {
		e := &engineActor{logger: log, poll: poll, done: done, relays: make(map[string]*Relay), next: make(map[string]*messages.SpawnRelay)}
		e.props = relayProps(func() *Relay { return e.coming })
		return e
	}, actor.WithSupervisor(stop))
}

func (e *engineActor) log() *slog.Logger { return e.logger }

// Receive implements actor.Actor.
func (e *engineActor) Receive(ctx actor.Context) {
	defer logBug(e, ctx)
	switch m := ctx.Message().(type) {
	case *messages.SpawnRelay:
		e.spawn(ctx, m)
	case *messages.ListRelays:
		m.Reply <- e.handles()
	case *messages.CloseEngine:
		e.close(ctx, m)
	case *actor.Terminated:
		e.bury(ctx, m.Who)
	case *actor.Stopping, *actor.Restarting:
		for _, relay := range e.relays {
			adopt(ctx, relay.self.pid)
		}
	case *actor.Stopped:
		e.poll.close()
		close(e.done)
	default:
		warnUnknown(e, ctx)
	}
}

func (e *engineActor) spawn(ctx actor.Context, m *messages.SpawnRelay) {
	if e.closing != nil {
		m.Reply <- ErrClosed
		return
	}
	if old := e.relays[m.Name]; old != nil {
		e.succeed(old, m)
		return
	}
	e.coming = m.Handle.(*Relay)
	_, err := spawnNamedUnder(ctx.ActorSystem().Root, ctx.Self(), e.props, m.Name)
	if errors.Is(err, actor.ErrNameExists) {
		err = ErrNameTaken
	}
	if err == nil {
		e.relays[m.Name] = e.coming
	}
	m.Reply <- err
}

// succeed lets a relay take the name of one that has ended, as soon as the framework has buried that.
func (e *engineActor) succeed(old *Relay, m *messages.SpawnRelay) {
	select {
	case <-old.done:
		if e.next[m.Name] == nil {
			e.next[m.Name] = m
			return
		}
	default:
	}
	m.Reply <- ErrNameTaken
}

func (e *engineActor) handles() map[string]any {
	handles := make(map[string]any, len(e.relays))
	for name, relay := range e.relays {
		handles[name] = relay
	}
	return handles
}

func (e *engineActor) close(ctx actor.Context, m *messages.CloseEngine) {
	if e.closing != nil {
		return
	}
	e.closing = m
	for _, relay := range e.relays {
		relay.self.Tell(&messages.CloseRelay{Deadline: m.Deadline})
	}
	e.stopWhenEmpty(ctx)
}

func (e *engineActor) bury(ctx actor.Context, who *actor.PID) {
	name := strings.TrimPrefix(who.Id, ctx.Self().Id+"/")
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
