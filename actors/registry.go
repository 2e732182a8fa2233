package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/wire"
)

// registry owns the requests that wait for their results. Each gets exactly one outcome: the connector's result, its
// deadline, the loss of its connection, or the relay's end. Callers talk to it directly; the reader brings results, the
// writer says at the end of a connection what may have been written. It also owns the waiters for a go-idle, which are
// one more request that a connection answers.
type registry struct {
	cfg      *config
	counters *counters
	relay    ref[messages.ToRelay]
	self     ref[messages.ToRegistry]

	writer     messages.Writer // of the open connection, nil when there is none
	generation uint64          // of writer
	over       uint64          // the newest generation that is known to have ended
	ending     bool            // writer takes no more requests
	sent       uint64          // requests admitted for writer
	decoder    wire.ResultDecoder

	pending map[messages.RequestID]*waiter // created at the first request
	queue   waiterList                     // the same in order of deadline
	spare   *waiter                        // waiters to use again, linked by newer
	bytes   int                            // frames of pending
	timer   *time.Timer                    // nil until the first request
	ticking bool                           // timer fires at the oldest deadline, or before
	batch   *messages.WriteRequests        // admitted and not handed over yet, nil when there is nothing
	yielder yielder

	idle     []idleWaiter // callers of go-idle
	draining bool         // the relay is closing
	drained  bool         // the relay has been told that nothing is pending
}

func registryProps(cfg *config, c *counters) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &registry{cfg: cfg, counters: c} })
}

// Receive implements actor.Actor.
func (r *registry) Receive(ctx actor.Context) {
	defer logBug(r.cfg, ctx)
	switch m := ctx.Message().(type) {
	case *messages.Request:
		r.counters.arriving.Add(-1)
		r.admit(m)
	case *messages.ResultsRead:
		r.resolve(m)
	case *messages.Cancel:
		r.cancel(m.ID)
	case *messages.DeadlineDue:
		r.expire(time.Now())
	case *messages.LinkOpened:
		r.open(m)
	case *messages.LinkEnding:
		r.over = max(r.over, m.Generation)
		r.ending = r.over >= r.generation
	case *messages.LinkLost:
		r.lose(m)
	case *messages.SendInterrupt:
		r.interrupt(m)
	case *messages.GoIdle:
		r.goIdle(m)
	case *messages.IdleAcked:
		r.idleAcked(m.Generation)
	case *messages.IdleDue:
		r.settleIdle(m.Reply, false)
	case *messages.ForgetIdle:
		r.settleIdle(m.Reply, false)
	case *messages.DrainRegistry:
		r.draining = true
	case *messages.EndRequests:
		r.end()
	case *actor.Started:
		r.relay = refTo[messages.ToRelay](ctx, ctx.Parent())
		r.self = refTo[messages.ToRegistry](ctx, ctx.Self())
	case *actor.Stopping, *actor.Restarting:
		r.release()
	default:
		warnUnknown(r.cfg, ctx)
	}
	r.handOver()
	r.reportDrained()
}

// admit registers a request and hands its frame to the writer, or fails it at once.
func (r *registry) admit(m *messages.Request) {
	r.counters.requests.Add(1)
	if refusal := r.refusal(m); refusal != nil {
		r.counters.resolved.Add(1)
		m.Reply <- refusal.outcome()
		return
	}
	r.sent++
	w := r.newWaiter()
	*w = waiter{id: m.ID, reply: m.Reply, size: len(m.Frame), sequence: r.sent, deadline: time.Now().Add(r.cfg.OutboundTimeout)}
	if r.pending == nil {
		r.pending = make(map[messages.RequestID]*waiter)
	}
	r.pending[m.ID] = w
	r.bytes += w.size
	r.queue.push(w)
	if !r.ticking {
		r.arm(r.cfg.OutboundTimeout)
	}
	r.counters.pending.Store(int64(len(r.pending)))
	r.batch = appendRequest(r.batch, m.Frame)
}

func (r *registry) connected() bool { return r.writer != nil && !r.ending }

func (r *registry) refusal(m *messages.Request) *SendError {
	switch {
	case r.draining:
		return &SendError{Reason: ErrClosed}
	case !r.connected():
		return &SendError{Reason: ErrNotConnected}
	case len(r.pending) >= r.cfg.MaxPending:
		return &SendError{Reason: ErrBusy, Detail: "too many requests in flight"}
	case r.bytes+len(m.Frame) > r.cfg.MaxPendingBytes:
		return &SendError{Reason: ErrBusy, Detail: "too many bytes in flight"}
	case r.pending[m.ID] != nil:
		return sendFailed("request id is in use")
	}
	return nil
}

// resolve hands results to their waiters. A result of an older connection is as late as one that nobody waits for.
func (r *registry) resolve(m *messages.ResultsRead) {
	start := 0
	for _, end := range m.Lines.Ends {
		line := m.Lines.Data[start:end]
		start = end
		id, result, err := r.decoder.Decode(line)
		if err != nil {
			r.counters.malformed.Add(1)
			r.cfg.log().Warn("skipped a malformed frame", "err", err)
			continue
		}
		w := r.find(id)
		if w == nil || m.Generation != r.generation {
			r.counters.lateResults.Add(1)
			continue
		}
		r.settle(w, messages.Outcome{Result: result})
	}
	releaseLines(m.Lines)
}

func (r *registry) find(id string) *waiter {
	var key messages.RequestID
	if len(id) != len(key) {
		return nil
	}
	copy(key[:], id)
	return r.pending[key]
}

func (r *registry) settle(w *waiter, o messages.Outcome) {
	reply := w.reply
	r.forget(w)
	r.counters.resolved.Add(1)
	reply <- o
}

func (r *registry) cancel(id messages.RequestID) {
	if w := r.pending[id]; w != nil {
		r.forget(w)
		r.counters.resolved.Add(1)
	}
}

func (r *registry) forget(w *waiter) {
	delete(r.pending, w.id)
	r.queue.remove(w)
	r.bytes -= w.size
	r.counters.pending.Store(int64(len(r.pending)))
	*w = waiter{newer: r.spare}
	r.spare = w
}

// newWaiter returns one that was used before, of which there are never more than were pending at once. They go when
// nothing is pending any more.
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
	for w := r.queue.oldest; w != nil; w = r.queue.oldest {
		if left := w.deadline.Sub(now); left > 0 {
			r.arm(left)
			return
		}
		r.settle(w, (&SendError{Reason: ErrTimeout, Ambiguous: true}).outcome())
	}
	r.spare = nil
}

func (r *registry) arm(d time.Duration) {
	r.ticking = true
	if r.timer == nil {
		r.timer = r.self.after(d, &messages.DeadlineDue{})
		return
	}
	r.timer.Reset(d)
}

func (r *registry) open(m *messages.LinkOpened) {
	if m.Generation <= r.over || m.Generation == r.generation {
		return
	}
	r.lose(&messages.LinkLost{Generation: r.generation, Written: r.sent}) // in case its own report is not here yet
	r.generation, r.writer, r.sent, r.ending = m.Generation, m.Writer, 0, false
}

// lose settles what the lost connection owed: what may have been written is ambiguous, the rest is safe to send again.
func (r *registry) lose(m *messages.LinkLost) {
	r.over = max(r.over, m.Generation)
	if m.Generation != r.generation || r.writer == nil {
		return
	}
	r.writer = nil
	r.batch = nil // nothing of it was written
	unwritten := sendFailed("connection lost before the frame was written")
	if m.Err != nil {
		unwritten = sendFailed("%v", m.Err)
	}
	for w := r.queue.oldest; w != nil; w = r.queue.oldest {
		if w.sequence <= m.Written {
			r.settle(w, (&SendError{Reason: ErrConnectionLost, Ambiguous: true}).outcome())
		} else {
			r.settle(w, unwritten.outcome())
		}
	}
	r.settleAllIdle(false)
}

func (r *registry) interrupt(m *messages.SendInterrupt) {
	switch {
	case r.draining:
		m.Reply <- &SendError{Reason: ErrClosed}
	case !r.connected():
		m.Reply <- &SendError{Reason: ErrNotConnected}
	default:
		r.tellWriter(&messages.WriteFrame{Frame: m.Frame, Reply: m.Reply})
	}
}

func (r *registry) reportDrained() {
	if r.draining && !r.drained && len(r.pending) == 0 {
		r.drained = true
		r.relay.Tell(&messages.Drained{By: messages.Requests})
	}
}

// release settles everything that is left, since a stopped actor's mailbox is dropped without a word.
func (r *registry) release() {
	stopTimer(r.timer)
	r.drained = true
	r.end()
}

func (r *registry) end() {
	r.draining = true
	for w := r.queue.oldest; w != nil; w = r.queue.oldest {
		r.settle(w, (&SendError{Reason: ErrClosed, Ambiguous: true}).outcome())
	}
	r.settleAllIdle(false)
}
