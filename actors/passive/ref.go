package passive

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

// Activator spawns the actor behind a Ref.
type Activator interface {
	// Activate spawns the actor with that mailbox. An error says that it never can be there again.
	Activate(box *Mailbox) error
	// Passivated says that it has gone to rest.
	Passivated()
}

// Ref is what is always there of a passive actor that takes the messages M. Set By, call Activate or Rest, and do not
// copy it from then on. Its methods may be called from any goroutine.
type Ref[M any, A Activator] struct {
	passive
	By A
}

// Tell sends m. It never blocks. An actor that has stopped takes no notice.
func (r *Ref[M, A]) Tell(m M) { r.tell(r.By, m, false) }

// Lend is Tell for a sender who has nothing better to do: unless the actor is at work, it receives on his goroutine,
// for a few messages at most, and no other has to be woken. So the actor must not need anything that the sender holds.
func (r *Ref[M, A]) Lend(m M) { r.tell(r.By, m, true) }

// Post is Tell for messages that are none of M, but which the actor takes as well.
func (r *Ref[M, A]) Post(m any) { r.tell(r.By, m, false) }

// LendPost is Lend for them.
func (r *Ref[M, A]) LendPost(m any) { r.tell(r.By, m, true) }

// Activate spawns the actor for the first time.
func (r *Ref[M, A]) Activate() error { return r.activate(r.By, false) }

// LendActivate is Activate for one who has nothing better to do than to start the actor, on his goroutine.
func (r *Ref[M, A]) LendActivate() error { return r.activate(r.By, true) }

// Rest has the first message activate the actor.
func (r *Ref[M, A]) Rest() { r.letters.Store(asleep) }

// Hold activates the actor and keeps it so until Release. It returns nil when the actor has stopped. It waits for
// others who are about to activate or passivate it, which takes a moment.
func (r *Ref[M, A]) Hold() *actor.PID { return r.hold(r.By) }

// Release ends a Hold.
func (r *Ref[M, A]) Release() { r.release(false) }

// LendRelease is Release for one who has nothing better to do than to let the actor rest, on his goroutine.
func (r *Ref[M, A]) LendRelease() { r.release(true) }

// PID returns the actor if it is active, or was when it ended, and else nil.
func (r *Ref[M, A]) PID() *actor.PID { return r.pid() }

// End says that the actor has stopped: it takes no more messages. Call it in the actor's Stopped.
func (r *Ref[M, A]) End() { r.end() }

// AdoptForeign makes r a reference to an actor with a mailbox of the framework's, which never passivates.
func (r *Ref[M, A]) AdoptForeign(ctx actor.Context) { r.adoptForeign(ctx) }

// Adopt puts the actor among those that the framework stops along with its parent, which is stopping. One that has
// stopped is waited for, too: its parent has still to hear of it.
func (r *Ref[M, A]) Adopt(parent actor.Context) {
	pid := r.Hold()
	if pid == nil {
		pid = r.PID()
	}
	if pid != nil {
		supervisor.Adopt(parent, pid)
	}
}

// After tells the actor m when d is over.
func (r *Ref[M, A]) After(d time.Duration, m M) *time.Timer {
	return time.AfterFunc(d, func() { r.Tell(m) })
}
