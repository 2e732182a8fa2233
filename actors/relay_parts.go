package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
)

// registryOf and inboxOf spawn a relay's registry at the first request, and its inbox at the first delivery.
type (
	registryOf struct{ *Relay }
	inboxOf    struct{ *Relay }
)

func (r *Relay) root() *actor.RootContext { return r.self.root }

func (r registryOf) spawn() *actor.PID {
	return spawnUnder(r.self.root, r.self.pid, registryProps(r.cfg, r.counters))
}

// welcome tells a registry of the connection that is open already.
func (r registryOf) welcome(registry *actor.PID) {
	over := r.over.Load()
	r.self.root.Send(registry, &messages.LinkEnding{Generation: over})
	if c := r.open.Load(); c != nil && c.gen > over {
		r.self.root.Send(registry, &messages.LinkOpened{Generation: c.gen, Writer: &c.writer})
	}
}

func (r inboxOf) spawn() *actor.PID {
	return spawnUnder(r.self.root, r.self.pid, inboxProps(r.cfg, r.counters, r.Relay))
}

// welcome tells an inbox which connections are over; the reader tells it of the open one.
func (r inboxOf) welcome(inbox *actor.PID) {
	r.self.root.Send(inbox, &messages.LinkLost{Generation: r.over.Load()})
}

// opened makes a connection the one that requests go over.
func (r *Relay) opened(c *connection) {
	r.open.Store(c)
	r.registry.TellIfThere(&messages.LinkOpened{Generation: c.gen, Writer: &c.writer})
}

// end makes a generation the newest that is over.
func (r *Relay) end(generation uint64) {
	for over := r.over.Load(); over < generation; over = r.over.Load() {
		r.over.CompareAndSwap(over, generation)
	}
}

// lost tells the relay's parts that a connection is over, which wrote so much.
func (r *Relay) lost(m *messages.LinkLost) {
	r.registry.TellIfThere(m)
	r.inbox.TellIfThere(m)
}
