package actors

import "sync/atomic"

// ack acknowledges a delivery.
type ack struct {
	bufferID string
	next     *ack // in the queue
}

// ackQueue holds acknowledgements until the writer takes them, all at once. Whoever puts the first one into an empty
// queue tells the writer.
type ackQueue struct{ newest atomic.Pointer[ack] } // linked to what was put before it

func (q *ackQueue) put(a *ack) (first bool) {
	for {
		newest := q.newest.Load()
		a.next = newest
		if q.newest.CompareAndSwap(newest, a) { // from here on it is the writer's
			return newest == nil
		}
	}
}

// take empties the queue. The oldest acknowledgement is the first, and linked to the next.
func (q *ackQueue) take() (oldest *ack) {
	if q.newest.Load() == nil {
		return nil
	}
	for newest := q.newest.Swap(nil); newest != nil; {
		newest.next, oldest, newest = oldest, newest, newest.next
	}
	return oldest
}

// acknowledge has a delivery acknowledged. The buffer id is the writer's.
func (w *writerRef) acknowledge(bufferID string) {
	if w.acks.put(&ack{bufferID: bufferID}) {
		w.Tell(&acksArrived{})
	}
}
