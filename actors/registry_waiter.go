package actors

import "time"

// waiter is one request that waits for its outcome.
type waiter struct {
	id       requestID
	reply    answerer
	size     int       // bytes of its frame
	sequence uint64    // its place among the requests of its connection, from 1
	deadline time.Time // when it times out

	list         *waiterList
	older, newer *waiter
}

// waiterList keeps waiters in the order of their deadlines.
type waiterList struct{ oldest, newest *waiter }

// insert puts w in its place, which it looks for from the newest on. Waiters that have the same timeout come in their
// order, so they are all put at the end.
func (l *waiterList) insert(w *waiter) {
	after := l.newest
	for after != nil && w.deadline.Before(after.deadline) {
		after = after.older
	}
	w.list, w.older = l, after
	if after != nil {
		w.newer, after.newer = after.newer, w
	} else {
		w.newer, l.oldest = l.oldest, w
	}
	if w.newer != nil {
		w.newer.older = w
	} else {
		l.newest = w
	}
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
	w.list, w.older, w.newer = nil, nil, nil
}
