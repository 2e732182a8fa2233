package actors

import "sync/atomic"

// requestQueue holds what callers ask for until the registry takes it, all at once. Whoever puts the first one into an
// empty queue tells the registry. Anybody may put.
type requestQueue struct{ newest atomic.Pointer[request] } // linked to what was put before it

// closedQueue is in the place of the newest request when the queue is closed.
var closedQueue = new(request)

// put adds a request. It says whether the registry has to be told, and false for open when the queue takes no more.
func (q *requestQueue) put(m *request) (first, open bool) {
	for {
		newest := q.newest.Load()
		if newest == closedQueue {
			return false, false
		}
		m.next = newest
		if q.newest.CompareAndSwap(newest, m) {
			return newest == nil, true
		}
	}
}

// waits says that there is a request.
func (q *requestQueue) waits() bool {
	newest := q.newest.Load()
	return newest != nil && newest != closedQueue
}

// take empties the queue. The oldest request is the first, and linked to the next.
func (q *requestQueue) take() (oldest *request) {
	newest := q.newest.Load()
	for newest != nil && newest != closedQueue && !q.newest.CompareAndSwap(newest, nil) {
		newest = q.newest.Load()
	}
	return oldestFirst(newest)
}

// close empties the queue for good.
func (q *requestQueue) close() (oldest *request) { return oldestFirst(q.newest.Swap(closedQueue)) }

func oldestFirst(newest *request) (oldest *request) {
	if newest == closedQueue {
		return nil
	}
	for newest != nil {
		newest.next, oldest, newest = oldest, newest, newest.next
	}
	return oldest
}

// begin puts a request into the queue. A caller that waits for its outcome runs the registry itself while few do: then
// no other goroutine has to be woken. When many wait, their requests are gathered.
func (s *shared) begin(m *request, waits bool) {
	first, open := s.requests.put(m)
	switch {
	case !open:
		m.reply.answer((&SendError{Reason: ErrClosed}).outcome())
	case !first, s.attended.Load(): // somebody else will have told the registry
	case waits && s.counters.pending.Load() <= few:
		s.registry.Tell(&requestsArrived{by: aSender})
	default:
		s.registry.Tell(&requestsArrived{})
	}
}

// attend lets callers go first, who need not tell the registry meanwhile: it takes what they asked for on this
// goroutine, when all of them have. Beside goroutines that compute those on this processor have to do.
func (s *shared) attend(y *yielder) {
	s.attended.Store(true)
	if y.rests() {
		stepBack()
	} else {
		y.yield()
	}
	s.attended.Store(false)
	if s.requests.waits() {
		s.registry.Tell(&requestsArrived{by: aSender})
	}
}

// few is how many requests may be in flight until it is worth waiting for more of them.
const few = 2

// refuseRequests answers what the registry did not take, and does not take any more.
func (s *shared) refuseRequests() {
	for m := s.requests.close(); m != nil; {
		refused := m
		m = m.next
		refused.reply.answer((&SendError{Reason: ErrClosed}).outcome())
	}
}
