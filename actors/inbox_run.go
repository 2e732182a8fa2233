package actors

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"hermod/actors/internal/mailbox"
)

// run is a handler's turn in a lane: deliveries that it takes one after the other, on a goroutine of its own. It is
// also the message that says that the turn is over.
type run struct {
	forInbox
	mailbox.Link
	by         *turn // that it was handled on, nil when that was another goroutine
	lane       *lane
	deliveries []*delivery
	slot       int // in inbox.runs
	settled    int // how many of the handled ones the inbox has settled

	handled atomic.Int32 // how many were handled, as the goroutine goes on
	stop    atomic.Bool  // no other delivery is begun

	ctx   context.Context // the handlers'
	relay *shared
	to    *inboxBox
	news  runNews
	work  func() // handle
	err   error  // the goroutine's until it has ended: what the delivery after the handled ones failed with
}

// A handler takes at most maxRun deliveries in a row. When that takes longer than settleAfter, those that were
// handled are settled, and the run ends with the delivery at hand. A buffered delivery is settled as soon as it is
// handled, since its acknowledgement must not wait for others.
const (
	maxRun      = 1024
	settleAfter = 5 * time.Millisecond
)

func (b *inbox) beginRun(l *lane, deliveries []*delivery) {
	r := runs.Get().(*run)
	r.lane, r.deliveries, r.slot = l, deliveries, len(b.runs)
	b.runs = append(b.runs, r)
	l.run = r
	b.handling++
	if len(deliveries) > 1 && !b.settling {
		b.settling = true
		b.self.after(settleAfter, &settleDue{})
	}
	b.relay.users.enter()
	r.ctx, r.relay, r.to = b.ctx, b.relay, b.box
	if !b.lend(r) {
		b.relay.workers.start(r.work)
	}
}

// Lender implements mailbox.Lending.
func (r *run) Lender() *turn { return r.by }

// handle handles the run on a goroutine of its own.
func (r *run) handle() { r.handleOn(nil) }

// handleOn handles the run on a turn, which goes on with what the inbox has next unless the handler ends its goroutine.
func (r *run) handleOn(t *turn) {
	relay, to := r.relay, r.to
	defer relay.users.leave()
	defer func() { to.PostUserMessage(r) }() // also when the handler ends its goroutine
	began := time.Now()
	r.handleEach(r.ctx, relay)
	relay.trust.note(time.Since(began))
	r.by = t
}

// handleEach gives the deliveries to their handler, until one fails or the run is stopped.
func (r *run) handleEach(ctx context.Context, relay *shared) {
	for _, d := range r.deliveries {
		if r.stop.Load() {
			return
		}
		buffered := d.in.BufferID != ""
		r.err = errGoexit
		if r.err = relay.cfg.handle(ctx, d); r.err != nil {
			return
		}
		r.handled.Add(1) // from here on the delivery is the inbox's, which may use its memory again
		if buffered {
			r.tellNews()
		}
	}
}

// runNews says that a run has handled something that must not wait for its end, which comes later in any case.
type runNews struct {
	forInbox
	run     *run
	pending atomic.Bool // it is on its way
}

// tellNews has what was handled settled.
func (r *run) tellNews() {
	if len(r.deliveries) > int(r.handled.Load()) && r.news.pending.CompareAndSwap(false, true) {
		r.to.PostUserMessage(&r.news)
	}
}

func (b *inbox) takeNews(m *runNews) {
	m.pending.Store(false)
	b.settle(m.run)
}

// settleRuns settles what the runs have handled so far, and has those that may go on for long end.
func (b *inbox) settleRuns() {
	b.settling = false
	for _, r := range b.runs {
		if len(r.deliveries) > 1 {
			r.stop.Store(true)
			b.settle(r)
		}
	}
}

// settle closes what a run has handled since the last time.
func (b *inbox) settle(r *run) {
	handled := int(r.handled.Load())
	b.counters.Handled.Add(uint64(handled - r.settled))
	for ; r.settled < handled; r.settled++ {
		b.close(b.pop(r.lane))
	}
}

// runEnded settles what a run handled; the delivery that stopped it is tried again later or given up.
func (b *inbox) runEnded(r *run) {
	last := len(b.runs) - 1
	b.runs[r.slot], b.runs[last].slot = b.runs[last], r.slot
	b.runs[last] = nil
	b.runs = b.runs[:last]
	b.settle(r)
	r.lane.run = nil
	b.handling--
	l := r.lane
	if r.err != nil {
		b.failed(l, r.err)
	}
	r.giveBack()
	b.proceed(l)
}

var runs = sync.Pool{New: func() any {
	r := new(run)
	r.work, r.news.run = r.handle, r
	return r
}}

// giveBack has a run used again. Its goroutine refers to it no more, since the run was its last word.
func (r *run) giveBack() {
	r.lane, r.deliveries, r.err, r.settled = nil, nil, nil, 0
	r.ctx, r.relay, r.to, r.by = nil, nil, nil, nil
	r.handled.Store(0)
	r.stop.Store(false)
	runs.Put(r)
}

var errGoexit = errors.New("handler ended its goroutine")

func (c *config) handle(ctx context.Context, d *delivery) error {
	if d.forward != nil {
		p := &Passthrough{Relay: d.in.Relay, Forward: d.forward, BufferID: d.in.BufferID, Generation: d.in.Generation,
			Try: d.in.Try}
		return Guard(func() error { return c.Handlers.Passthrough(ctx, p) })
	}
	return Guard(func() error { return c.Handlers.Inbound(ctx, d.in) })
}
