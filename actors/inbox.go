package actors

import (
	"context"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

// inbox owns the deliveries from the moment they were read until they are settled. It has them decoded, drops
// duplicates, puts each into the lane of its session, and hands the heads of the lanes to handlers on goroutines. A
// delivery is acknowledged when its handler returned nil and its connection is still the current one; otherwise the
// connector replays it, and the memory of handled deliveries recognises it.
type inbox struct {
	cfg      *config
	counters *counters
	blank    Inbound // what every Inbound has in common
	known    string  // the key of a lane of the last batch, "" before the first
	relay    *shared
	box      *inboxBox
	self     ref[toInbox]

	writer     *writerRef // takes acknowledgements, nil without a connection
	generation uint64     // of writer

	ctx    context.Context // the handlers'
	cancel context.CancelFunc

	intake     intake
	lanes      laneTable // lanes with deliveries
	ready      []*lane   // lanes whose head may run, first come first served
	runs       []*run    // handlers that run
	handling   int       // handler goroutines, without those of interrupts
	settling   bool      // a settleDue is on its way
	dedupe     dedupe
	interrupts interrupts
	paused     *readerPaused // the reader that waits for room, nil when none does
	stuck      *Stuck        // the oldest delivery of this generation that nobody took

	admitted int   // deliveries that are being decoded, queued or handled
	held     int64 // bytes that they hold

	freed      int64 // deliveries that were settled by the message at hand
	freedBytes int64 // that they hold no more, less what others were found to hold

	draining    bool // no new deliveries
	cancelled   bool // no new handlers
	toldDrained bool // the relay knows that no delivery is left
	toldIdle    bool // the relay knows that no handler runs
}

func inboxProps(s *shared, box *inboxBox, blank Inbound) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor {
		return &inbox{cfg: &s.cfg, counters: &s.counters, relay: s, blank: blank, box: box}
	}, actor.WithMailbox(box.Producer()))
}

// Receive implements actor.Actor.
func (b *inbox) Receive(ctx actor.Context) {
	defer supervisor.LogBug(b.cfg.log, ctx)
	switch m := ctx.Message().(type) {
	case *batchDecoded:
		b.decoded(m.batch)
	case *decoderEnded:
		b.decoderEnded()
	case *runNews:
		b.takeNews(m)
	case *settleDue:
		b.settleRuns()
	case *deadLetterEnded:
		b.deadLetterEnded(m)
	case *retryDue:
		b.retry(m.lane)
	case *interruptRead:
		b.interrupt(m.interrupt)
	case *fence:
		m.pass()
	case *interruptEnded:
		b.interruptEnded(m.interrupt)
	case *readerPaused:
		b.paused = m
	case *readingBegun:
		b.open(m)
	case *linkLost:
		b.lose(m.generation)
	case *handshakeFailed:
		b.dropUnassigned(func(of *batch) bool { return of.generation == m.generation })
	case *drainInbox:
		b.draining = true
	case *cancelHandlers:
		b.cancelHandlers()
	case *actor.Started:
		b.start(ctx)
	case *actor.Stopping, *actor.Restarting:
		b.cancelHandlers()
	case *actor.Stopped:
		b.box.Shorten(nil)
	default:
		supervisor.WarnUnknown(b.cfg.log, ctx)
	}
	b.goOn()
}

// receiveShort receives what comes with every event, and says whether it was that.
func (b *inbox) receiveShort(message any) bool {
	defer supervisor.LogBugOf(b.cfg.log, b.self.pid)
	switch m := message.(type) {
	case *batch:
		b.take(m)
	case *run:
		b.runEnded(m)
	default:
		return false
	}
	b.goOn()
	return true
}

// goOn does what any message may have made due.
func (b *inbox) goOn() {
	b.countFreed()
	b.assign()
	b.resumeReader()
	b.reportDrained()
}

func (b *inbox) start(ctx actor.Context) {
	b.self = refTo[toInbox](ctx, ctx.Self())
	b.ctx, b.cancel = context.WithCancel(context.Background())
	b.box.Shorten(b.receiveShort)
}

// admit puts what a batch has for a lane into it. A copy of a delivery that was handled is dropped; a copy of one that
// waits to be handled waits for its verdict.
func (b *inbox) admit(part *lane) {
	l, deliveries := b.lanes.find(part.key), part.queue
	part.room = deliveries[:0]
	if l == nil {
		l = part
		l.queue = part.room
		defer func() { clear(deliveries[len(l.queue):]) }()
	} else {
		defer part.giveBack()
	}
	for _, d := range deliveries {
		switch original, handled := b.dedupe.lookup(d.key); {
		case handled:
			b.duplicate(d)
		case original != nil:
			t := original.troubled()
			t.copies = append(t.copies, d)
		default:
			b.enqueue(l, d)
		}
	}
	b.makeReady(l)
}

func (b *inbox) enqueue(l *lane, d *delivery) {
	if len(l.queue) == 0 {
		b.lanes.add(l)
	}
	b.dedupe.begin(d)
	l.queue = append(l.queue, d)
}

// unqueue ends a delivery's stay: it counts against the bounds no more.
func (b *inbox) unqueue(d *delivery) {
	b.freed++
	b.freedBytes += int64(d.unqueue())
}

func (b *inbox) countFreed() {
	if b.freed > 0 || b.freedBytes != 0 {
		b.admitted -= int(b.freed)
		b.held -= b.freedBytes
		b.counters.queued.Add(-int32(b.freed))
		b.relay.charge(-b.freedBytes)
		b.freed, b.freedBytes = 0, 0
	}
}

// duplicate drops a copy of a handled delivery, and acknowledges it so that it does not come again.
func (b *inbox) duplicate(d *delivery) {
	b.counters.Duplicates.Add(1)
	b.ack(d)
	b.unqueue(d)
	d.reuse(true)
}

// ack acknowledges a delivery over the connection that brought it; there is nobody to tell once that is gone.
func (b *inbox) ack(d *delivery) {
	if d.in.BufferID != "" && b.writer != nil && d.in.Generation == b.generation {
		b.writer.acknowledge(strings.Clone(d.in.BufferID))
	}
}

func (b *inbox) open(m *readingBegun) {
	if m.writer.generation <= b.relay.over.Load() {
		return
	}
	b.generation, b.writer = m.writer.generation, m.writer
	b.setStuck(nil)
}

func (b *inbox) lose(generation uint64) {
	if generation == b.generation {
		b.writer = nil
	}
	if b.paused != nil && b.paused.generation == generation {
		b.paused = nil
	}
}

// resumeReader lets a paused reader read on when what it read beyond the bounds is being worked on.
func (b *inbox) resumeReader() {
	if b.paused != nil && !b.relay.full(atBounds) {
		b.paused.resume <- struct{}{}
		b.paused = nil
	}
}

func (b *inbox) setStuck(stuck *Stuck) {
	if stuck == b.stuck {
		return
	}
	b.stuck = stuck
	b.relay.self.Tell(&stuckChanged{stuck: stuck})
}

// cancelHandlers ends the handlers' context and forgets what no handler has begun; it may run more than once.
func (b *inbox) cancelHandlers() {
	b.draining, b.cancelled = true, true
	for _, r := range b.runs {
		r.stop.Store(true)
	}
	b.cancel()
	b.ready = nil
	for l := range b.lanes.all() {
		stopTimer(l.retry)
		if !l.busy() {
			b.lanes.remove(l)
		}
	}
}

func (b *inbox) reportDrained() {
	if b.draining && !b.toldDrained && b.lanes.len() == 0 && len(b.intake.batches) == 0 {
		b.toldDrained = true
		b.relay.self.Tell(&drained{by: queuedDeliveries})
	}
	if b.cancelled && !b.toldIdle && b.handling == 0 && b.intake.decoders == 0 && len(b.interrupts.running) == 0 {
		b.toldIdle = true
		b.relay.self.Tell(&drained{by: runningHandlers})
	}
}
