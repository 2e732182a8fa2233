package actors

import (
	"errors"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
)

// engineActor owns the relays of an engine. A relay that panics is stopped and never takes another one with it.
type engineActor struct {
	log     *slog.Logger
	poll    *polling
	done    chan struct{}
	relays  map[string]*child
	props   *actor.Props // of every relay; a new one takes its handle from coming
	coming  *Relay
	closing *messages.CloseEngine // nil until asked to close
}

// child is a relay of the engine.
type child struct {
	pid    *actor.PID
	handle any
	ended  <-chan struct{}
	// next is a relay of the same name, asked for when this one had ended but was not buried yet.
	next *messages.SpawnRelay
}

func engineProps(log *slog.Logger, poll *polling, done chan struct{}) *actor.Props {
	stop := actor.NewOneForOneStrategy(0, 0, func(any) actor.Directive { return actor.StopDirective })
	return actor.PropsFromProducer(func() actor.Actor {
		e := &engineActor{log: log, poll: poll, done: done, relays: make(map[string]*child)}
		e.props = relayProps(func() *Relay { return e.coming })
		return e
	}, actor.WithSupervisor(stop))
}

// Receive implements actor.Actor.
func (e *engineActor) Receive(ctx actor.Context) {
	defer logBug(e.log, ctx)
	switch m := ctx.Message().(type) {
	case *messages.SpawnRelay:
		e.spawn(ctx, m)
	case *messages.ListRelays:
		m.Reply <- e.handles()
	case *messages.CloseEngine:
		e.close(ctx, m)
	case *actor.Terminated:
		e.bury(ctx, m.Who)
	case *actor.Stopped:
		e.poll.close()
		close(e.done)
	default:
		warnUnknown(e.log, ctx)
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
	pid, err := ctx.SpawnNamed(e.props, m.Name)
	if errors.Is(err, actor.ErrNameExists) {
		err = ErrNameTaken
	}
	if err == nil {
		e.relays[m.Name] = &child{pid: pid, handle: m.Handle, ended: m.Ended}
	}
	m.Reply <- err
}

// succeed lets a relay take the name of one that has ended, as soon as the framework has buried that.
func (e *engineActor) succeed(old *child, m *messages.SpawnRelay) {
	select {
	case <-old.ended:
		if old.next == nil {
			old.next = m
			return
		}
	default:
	}
	m.Reply <- ErrNameTaken
}

func (e *engineActor) handles() map[string]any {
	handles := make(map[string]any, len(e.relays))
	for name, c := range e.relays {
		handles[name] = c.handle
	}
	return handles
}

func (e *engineActor) close(ctx actor.Context, m *messages.CloseEngine) {
	if e.closing != nil {
		return
	}
	e.closing = m
	for _, c := range e.relays {
		ctx.Send(c.pid, &messages.CloseRelay{Deadline: m.Deadline})
	}
	e.stopWhenEmpty(ctx)
}

func (e *engineActor) bury(ctx actor.Context, who *actor.PID) {
	for name, c := range e.relays {
		if !c.pid.Equal(who) {
			continue
		}
		delete(e.relays, name)
		if c.next != nil {
			e.spawn(ctx, c.next)
		}
	}
	e.stopWhenEmpty(ctx)
}

func (e *engineActor) stopWhenEmpty(ctx actor.Context) {
	if e.closing != nil && len(e.relays) == 0 {
		ctx.Stop(ctx.Self())
	}
}
