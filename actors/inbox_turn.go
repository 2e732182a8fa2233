package actors

import (
	"sync/atomic"

	"hermod/actors/internal/mailbox"
	"hermod/actors/internal/socket"
)

// turn is what the poller's goroutine lends to the link whose socket it has read: the inbox receives on it, and the
// handlers of what was read run on it, one after the other. So no other goroutine has to be woken for the few
// deliveries that come over a quiet link. When one takes long, the poller is given to another goroutine, and what waits
// behind it is rescued. Only the goroutine uses a turn, but for Rescue.
type turn struct {
	workers *workers
	runs    [runsATurn]*run // a ring
	added   atomic.Uint32   // how many ever
	begun   atomic.Uint32   // how many of them, by whoever handles them
	limit   uint32          // of added, in this turn
	rescued atomic.Bool
}

// A turn takes on few deliveries: what comes in numbers is better handled beside it.
const (
	runsATurn = 16
	lentRun   = 16 // deliveries of a run
)

// newTurn makes what a poller's goroutine lends to one link after the other.
func (w *workers) newTurn() socket.Turn { return &turn{workers: w} }

// begin says that another link has the turn.
func (t *turn) begin() { t.limit = t.added.Load() + runsATurn }

// add has the turn handle a run, and says whether it does.
func (t *turn) add(r *run) bool {
	i := t.added.Load()
	if i == t.limit || t.rescued.Load() {
		return false
	}
	t.runs[i%runsATurn] = r
	t.added.Store(i + 1)
	if t.rescued.Load() {
		t.Rescue()
	}
	return true
}

// next takes out the run that waits for the longest, nil if there is none.
func (t *turn) next() *run {
	for {
		i := t.begun.Load()
		if i == t.added.Load() {
			return nil
		}
		if t.begun.CompareAndSwap(i, i+1) {
			return t.runs[i%runsATurn]
		}
	}
}

// handle handles the runs, and what follows them. The socket has been given back before.
func (t *turn) handle() {
	for r := t.next(); r != nil; r = t.next() {
		r.handleOn(t)
	}
}

// Rescue implements socket.Turn: what waits for a handler that does not return is handled by others.
func (t *turn) Rescue() {
	t.rescued.Store(true)
	for r := t.next(); r != nil; r = t.next() {
		t.workers.start(r.work)
	}
}

// lend has a run handled by the turn that the inbox receives on, if there is one and the relay's handlers are quick.
func (b *inbox) lend(r *run) bool {
	t := b.box.Lent()
	return t != nil && len(r.deliveries) <= lentRun && b.relay.trust.earned() && t.add(r)
}

// inboxBox is the inbox's mailbox.
type inboxBox = mailbox.Mailbox[turn]
