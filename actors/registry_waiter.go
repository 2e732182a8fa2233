package actors

import (
	"time"

	"hermod/messages"
)

// waiter is one request that waits for its outcome.
type waiter struct {
	id       requestID
	reply    chan<- messages.Outcome
	size     int       // bytes of its frame
	sequence uint64    // its place among the requests of its connection, from 1
	deadline time.Time // when it times out

	older, newer *waiter
}

// waiterList keeps waiters in the order in which they came, which is the order of their deadlines, since all of them
// have the same timeout.
type waiterList struct{ oldest, newest *waiter }

// push appends w.
func (l *waiterList) push(w *waiter) {
	w.older = l.newest
	if l.newest != nil {
		l.newest.newer = w
	} else {
		l.oldest = w
	}
	l.newest = w
}

func (l *waiterList) remove(w *waiter) {
	if w.older != nil {
		w.older.newer = w.newer
	} else {
		l.oldest = w.newer
	}
	if w.newer != nil {
		w.newer.older = w.older
	} else {
		l.newest = w.older
	}
	w.older, w.newer = nil, nil
}
