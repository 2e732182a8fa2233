package actors

import (
	"sync"

	"hermod/actors/internal/socket"
	"hermod/messages"
)

// Relay is a gateway's handle on one bot's relay. Its methods may be called from any goroutine, handlers included, and
// after the relay has ended.
type Relay struct {
	shared
	calls sync.Pool // of settled ones that Send uses again; a relay's own, since channels must not leave a test's bubble
}

func newHandle(cfg *config, poller *socket.SharedPoller, dials *dials) *Relay {
	return &Relay{shared: shared{cfg: cfg, counters: new(counters), poller: poller, dials: dials,
		done: make(chan struct{})}}
}

// Name is the bot's name, as given to Spawn.
func (r *Relay) Name() string { return r.cfg.name }

// Done is closed when the relay has ended and nothing of it runs any more.
func (r *Relay) Done() <-chan struct{} { return r.done }

// tell sends a command to the relay's actor.
func (r *Relay) tell(m messages.ToRelay) { r.self.root.Send(r.self.pid, m) }
