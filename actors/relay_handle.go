package actors

import (
	"sync"
	"sync/atomic"

	"hermod/messages"
	"hermod/wire"
)

// Relay is a gateway's handle on one bot's relay. Its methods may be called from any goroutine, handlers included, and
// after the relay was closed.
type Relay struct {
	shared
	calls atomic.Pointer[sync.Pool] // of settled ones that Send uses again, nil before the first
}

// pool is a relay's own, since channels must not leave a test's bubble.
func (r *Relay) pool() *sync.Pool {
	if r.calls.Load() == nil {
		r.calls.CompareAndSwap(nil, new(sync.Pool))
	}
	return r.calls.Load()
}

// Name is the bot's name, as given to Spawn.
func (r *Relay) Name() string { return r.cfg.name }

// SessionKeys are the options by which the relay names sessions, for events that a gateway makes itself, of a forward
// say.
func (r *Relay) SessionKeys() wire.SessionKeyOptions { return r.cfg.SessionKey }

// Ended is closed when the relay's state is final, and Status says which: Disabled and Failed come by themselves,
// Closed at Close. No dial follows. A relay that ended by itself keeps its name, and finishes what it has queued, until
// Close.
func (r *Relay) Ended() <-chan struct{} { return r.ended.channel() }

// Done is closed after Ended, when nothing of the relay runs any more: its actors have stopped, which Close makes them,
// and each handler has returned. After a Close that failed with a CloseTimeoutError it stays open until the last
// handler returns.
func (r *Relay) Done() <-chan struct{} { return r.users.gone.channel() }

func (r *Relay) isDone() bool { return r.users.gone.isGiven() }

// Tell sends the relay a command and does not wait, which an actor must not.
func (r *Relay) Tell(m messages.ToRelay) { r.self.Post(m) }
