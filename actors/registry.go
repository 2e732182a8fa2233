package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/supervisor"
	"hermod/wire"
)

// registry owns the requests that wait for their results. Each gets exactly one outcome: the connector's result, its
// deadline, the loss of its connection, or the relay's end. Callers talk to it directly; the reader brings results, the
// writer says at the end of a connection what may have been written. It also owns the waiters for a go-idle, which are
// one more request that a connection answers, and for an interrupt, which the writer answers.
type registry struct {
	cfg      *config
	counters *counters
	relay    *shared
	self     ref[toRegistry]

	writer     *writerRef // of the open connection, nil when there is none
	generation uint64     // of writer
	sent       uint64     // requests admitted for writer
	decoder    wire.ResultDecoder

	pending  map[requestID]*waiter // created at the first request
	queue    waiterList            // the same in order of deadline
	special  waiterList            // of those, the ones with a timeout of their own, which are not in queue
	spare    *waiter               // waiters to use again, linked by newer
	bytes    int                   // frames of pending
	timer    *time.Timer           // nil until the first request
	ticking  bool                  // timer runs
	due      time.Time             // when it fires: at the oldest deadline, or before
	admitted *writeRequests        // not handed over yet, nil when there is nothing

	idle       []idleWaiter   // callers of go-idle
	interrupts []chan<- error // callers of interrupt whose frames the writer has not answered for, oldest first
	draining   bool           // the relay is closing
	drained    bool           // the relay has been told that nothing is pending
}

// registryOf spawns a relay's registry at the first request.
type registryOf struct{ *shared }

func (s registryOf) spawn() *actor.PID {
	parent := s.self.Hold()
	if parent == nil {
		return nil
	}
	return spawnUnder(s.tree, parent, actor.PropsFromProducer(func() actor.Actor {
		return &registry{cfg: &s.cfg, counters: &s.counters, relay: s.shared}
	}, actor.WithMailbox(newGathering().Producer())))
}

// welcome tells a registry of the connection that is open already.
func (s registryOf) welcome(registry *actor.PID) {
	if w := s.open.Load(); w != nil && w.generation > s.over.Load() {
		s.tree.Send(registry, &linkReady{writer: w})
	}
}

// Receive implements actor.Actor.
func (r *registry) Receive(ctx actor.Context) {
	defer supervisor.LogBug(r.cfg.log, ctx)
	switch m := ctx.Message().(type) {
	case *actor.Started:
		r.self = refTo[toRegistry](ctx, ctx.Self())
		return
	case *actor.Stopping, *actor.Restarting:
		r.release()
		return
	case *linkReady: // before the requests that came as the registry was spawned
		r.open(m)
	}
	r.admitArrived()
	r.receive(ctx)
	r.handOver()
	r.reportDrained()
}

// receive takes a message, which is younger than the requests that arrived before.
func (r *registry) receive(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *linkReady, *requestsArrived: // done
	case *resultsRead:
		r.resolve(m)
	case *cancelRequest:
		r.cancel(m.id)
	case *deadlineDue:
		r.expire(time.Now())
	case *linkLost:
		r.lose(m)
	case *sendInterrupt:
		r.interrupt(m)
	case *interruptGathered:
		r.interruptGathered(m)
	case *goIdle:
		r.goIdle(m)
	case *idleAcked:
		r.idleAcked(m.generation)
	case *idleDue:
		r.settleIdle(m.reply, false)
	case *forgetIdle:
		r.settleIdle(m.reply, false)
	case *fence:
		m.pass()
	case *drainRegistry:
		r.draining = true
	case *endRequests:
		r.end()
	default:
		supervisor.WarnUnknown(r.cfg.log, ctx)
	}
}

// admitArrived takes what is in the queue.
func (r *registry) admitArrived() {
	m := r.relay.requests.take()
	if m == nil {
		return
	}
	count := uint64(0)
	for now := time.Now(); m != nil; count++ {
		next := m.next // what is refused is its caller's again
		r.admit(m, now)
		m = next
	}
	r.counters.Requests.Add(count)
}

// admit registers a request and hands its frame to the writer, or fails it at once.
func (r *registry) admit(m *request, now time.Time) {
	if refusal := r.refusal(m); refusal != nil {
		r.counters.Resolved.Add(1)
		m.reply.answer(refusal.outcome())
		return
	}
	r.sent++
	timeout, list := r.cfg.OutboundTimeout, &r.queue
	if m.timeout > 0 {
		timeout, list = m.timeout, &r.special
	}
	w := r.newWaiter()
	*w = waiter{id: m.id, reply: m.reply, size: len(m.frame), sequence: r.sent, deadline: now.Add(timeout)}
	if r.pending == nil {
		r.pending = make(map[requestID]*waiter)
	}
	r.pending[m.id] = w
	r.bytes += w.size
	r.relay.bounds.pending.Add(int64(w.size))
	list.insert(w)
	if !r.ticking || w.deadline.Before(r.due) {
		r.arm(now, w.deadline)
	}
	r.admitted = appendRequest(r.admitted, m.frame)
	if len(r.admitted.ends) >= maxHandover {
		r.handOver()
	}
}

// connected says that there is a connection which takes requests.
func (r *registry) connected() bool { return r.writer != nil && r.generation > r.relay.over.Load() }

func (r *registry) refusal(m *request) *SendError {
	switch {
	case r.draining:
		return &SendError{Reason: ErrClosed}
	case !r.connected():
		return &SendError{Reason: ErrNotConnected}
	case len(r.pending) >= r.cfg.MaxPending:
		return &SendError{Reason: ErrBusy, Detail: "too many requests in flight"}
	case r.bytes+len(m.frame) > r.cfg.MaxPendingBytes:
		return &SendError{Reason: ErrBusy, Detail: "too many bytes in flight"}
	case r.relay.bounds.pending.Load()+int64(len(m.frame)) > r.relay.bounds.maxPending:
		return &SendError{Reason: ErrBusy, Detail: "too many bytes in flight in this engine"}
	case r.pending[m.id] != nil:
		return sendFailed("request id is in use")
	}
	return nil
}

// resolve hands results to their waiters. A result of an older connection is as late as one that nobody waits for.
func (r *registry) resolve(m *resultsRead) {
	start := 0
	for _, end := range m.lines.ends {
		line := m.lines.data[start:end]
		start = end
		id, result, err := r.decoder.Decode(line)
		if err != nil {
			r.skip(err)
			continue
		}
		w := r.find(id)
		if w == nil || m.generation != r.generation {
			r.counters.LateResults.Add(1)
			continue
		}
		r.settle(w, messages.Outcome{Result: result})
	}
	m.lines.release()
}

func (r *registry) skip(err error) {
	if count := r.counters.Malformed.Add(1); wire.WorthLogging(count) {
		r.cfg.log().Warn("skipped a malformed frame", "gen", r.generation, "count", count, "err", err)
	}
}

func (r *registry) find(id string) *waiter {
	var key requestID
	if len(id) != len(key) {
		return nil
	}
	copy(key[:], id)
	return r.pending[key]
}

func (r *registry) settle(w *waiter, o messages.Outcome) {
	reply := w.reply
	r.forget(w)
	r.counters.Resolved.Add(1)
	reply.answer(o)
}

func (r *registry) cancel(id requestID) {
	if w := r.pending[id]; w != nil {
		r.forget(w)
		r.counters.Resolved.Add(1)
	}
}

func (r *registry) forget(w *waiter) {
	delete(r.pending, w.id)
	w.list.remove(w)
	r.bytes -= w.size
	r.relay.bounds.pending.Add(-int64(w.size))
	r.counters.pending.Store(int32(len(r.pending)))
	*w = waiter{newer: r.spare}
	r.spare = w
}

// newWaiter returns one that was used before, if there is one. There are never more than were pending at once, and none
// when nothing is pending any more.
func (r *registry) newWaiter() *waiter {
	w := r.spare
	if w == nil {
		return new(waiter)
	}
	r.spare = w.newer
	return w
}

// expire settles every request whose deadline has come and arms the timer for the next one.
func (r *registry) expire(now time.Time) {
	r.ticking = false
	for w := r.first(); w != nil; w = r.first() {
		if w.deadline.After(now) {
			r.arm(now, w.deadline)
			return
		}
		r.settle(w, (&SendError{Reason: ErrTimeout, Ambiguous: true}).outcome())
	}
	r.spare = nil
}

// first returns the request with the oldest deadline, nil if there is none.
func (r *registry) first() *waiter {
	w, special := r.queue.oldest, r.special.oldest
	if w == nil || special != nil && special.deadline.Before(w.deadline) {
		return special
	}
	return w
}

func (r *registry) arm(now, due time.Time) {
	r.ticking, r.due = true, due
	if r.timer == nil {
		r.timer = r.self.after(due.Sub(now), &deadlineDue{})
		return
	}
	r.timer.Reset(due.Sub(now))
}

func (r *registry) open(m *linkReady) {
	generation := m.writer.generation
	if generation <= r.relay.over.Load() || generation == r.generation {
		return
	}
	r.lose(&linkLost{generation: r.generation, written: r.sent}) // in case its own report is not here yet
	r.generation, r.writer, r.sent = generation, m.writer, 0
}

// lose settles what the lost connection owed: what may have been written is ambiguous, the rest is safe to send again.
func (r *registry) lose(m *linkLost) {
	if m.generation != r.generation || r.writer == nil {
		return
	}
	r.writer = nil
	r.admitted = nil // nothing of it was written
	unwritten := sendFailed("connection lost before the frame was written")
	if m.err != nil {
		unwritten = sendFailed("%v", m.err)
	}
	for w := r.first(); w != nil; w = r.first() {
		if w.sequence <= m.written {
			r.settle(w, (&SendError{Reason: ErrConnectionLost, Ambiguous: true}).outcome())
		} else {
			r.settle(w, unwritten.outcome())
		}
	}
	r.failInterrupts(unwritten)
	r.settleAllIdle(false)
}

func (r *registry) reportDrained() {
	if r.draining && !r.drained && len(r.pending) == 0 {
		r.drained = true
		r.relay.self.Tell(&drained{by: pendingRequests})
	}
}

// release settles everything that is left, since a stopped actor's mailbox is dropped without a word.
func (r *registry) release() {
	stopTimer(r.timer)
	r.drained, r.draining = true, true
	r.admitArrived()
	r.end()
}

func (r *registry) end() {
	r.draining = true
	for w := r.first(); w != nil; w = r.first() {
		r.settle(w, (&SendError{Reason: ErrClosed, Ambiguous: true}).outcome())
	}
	r.failInterrupts(&SendError{Reason: ErrClosed})
	r.settleAllIdle(false)
}
