package actors

import (
	"context"
	"strings"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/wire"
)

// inbox owns the deliveries from the moment they were read until they are settled. It has them decoded, drops duplicates,
// puts each into the lane of its session, and hands the heads of the lanes to handlers on goroutines. A delivery is
// acknowledged when its handler returned nil and its connection is still the current one; otherwise the connector
// replays it, and the memory of handled deliveries recognises it.
type inbox struct {
	cfg      *config
	counters *counters
	handle   *Relay // for handlers
	relay    ref[messages.ToRelay]
	self     ref[messages.ToInbox]

	writer     messages.Writer // takes acknowledgements, nil without a connection
	generation uint64          // of writer
	over       uint64          // the newest generation that is known to have ended

	ctx    context.Context // the handlers'
	cancel context.CancelFunc

	intake     intake
	lanes      map[string]*lane // lanes with deliveries, created at the first one
	ready      []*lane          // lanes whose head may run, first come first served
	running    int              // handler goroutines, without those of interrupts
	dedupe     dedupe
	interrupts map[wire.InterruptInbound]*interruptRun
	parked     *messages.ReaderParked // the reader that waits for room, nil when none does
	stuck      *messages.Stuck        // the oldest delivery of this generation that nobody took

	freed      int64 // deliveries that were settled by the message at hand, and their bytes
	freedBytes int64

	draining  bool // no new deliveries
	cancelled bool // no new handlers
	toldQuiet bool // the relay knows that no delivery is left
	toldIdle  bool // the relay knows that no handler runs
}

func inboxProps(cfg *config, c *counters, handle *Relay) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor { return &inbox{cfg: cfg, counters: c, handle: handle} })
}

// Receive implements actor.Actor.
func (b *inbox) Receive(ctx actor.Context) {
	defer logBug(b.cfg, ctx)
	switch m := ctx.Message().(type) {
	case *messages.DeliveriesRead:
		b.take(m)
	case *messages.DeliveriesDecoded:
		b.decoded(m.Batch.(*intakeBatch))
	case *messages.DecoderEnded:
		b.decoderEnded()
	case *messages.RunEnded:
		b.runEnded(m)
	case *messages.DeadLetterEnded:
		b.deadLetterEnded(m)
	case *messages.RetryDue:
		b.retry(m.Lane)
	case *messages.InterruptRead:
		b.interrupt(m.Interrupt)
	case *messages.InterruptEnded:
		b.interruptEnded(m.Interrupt)
	case *messages.ReaderParked:
		b.parked = m
	case *messages.LinkOpened:
		b.open(m)
	case *messages.LinkLost:
		b.lose(m.Generation)
	case *messages.DrainInbox:
		b.draining = true
	case *messages.CancelHandlers:
		b.cancelHandlers()
	case *actor.Started:
		b.start(ctx)
	case *actor.Stopping, *actor.Restarting:
		b.cancelHandlers()
	default:
		warnUnknown(b.cfg, ctx)
	}
	b.countFreed()
	b.resumeReader()
	b.reportDrained()
}

func (b *inbox) start(ctx actor.Context) {
	b.relay = refTo[messages.ToRelay](ctx, ctx.Parent())
	b.self = refTo[messages.ToInbox](ctx, ctx.Self())
	b.ctx, b.cancel = context.WithCancel(context.Background())
}

// admit puts the deliveries of a group into their lane, but for those of which a copy was handled, or is on its way to be.
func (b *inbox) admit(g *group) {
	l := b.lanes[g.lane]
	if l == nil {
		l = &lane{key: g.lane}
	}
	for _, d := range g.deliveries {
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
		if b.lanes == nil {
			b.lanes = make(map[string]*lane)
		}
		b.lanes[l.key] = l
	}
	b.dedupe.begin(d)
	l.queue = append(l.queue, d)
}

// unqueue ends a delivery's stay: it counts against the bounds no more.
func (b *inbox) unqueue(d *delivery) {
	b.freed++
	b.freedBytes += int64(d.size)
}

func (b *inbox) countFreed() {
	if b.freed > 0 {
		b.counters.queued.Add(-b.freed)
		b.counters.queuedBytes.Add(-b.freedBytes)
		b.freed, b.freedBytes = 0, 0
	}
}

// duplicate drops a copy of a handled delivery, and acknowledges it so that it does not come again.
func (b *inbox) duplicate(d *delivery) {
	b.counters.duplicates.Add(1)
	b.ack(d)
	b.unqueue(d)
	d.reuse()
}

// ack acknowledges a delivery over the connection that brought it; there is nobody to tell once that is gone.
func (b *inbox) ack(d *delivery) {
	if d.in.BufferID != "" && b.writer != nil && d.in.Generation == b.generation {
		b.writer.Tell(&messages.WriteAck{BufferID: strings.Clone(d.in.BufferID)})
	}
}

func (b *inbox) open(m *messages.LinkOpened) {
	if m.Generation <= b.over {
		return
	}
	b.generation, b.writer = m.Generation, m.Writer
	b.setStuck(nil)
}

func (b *inbox) lose(generation uint64) {
	b.over = max(b.over, generation)
	if generation == b.generation {
		b.writer = nil
	}
	if b.parked != nil && b.parked.Generation == generation {
		b.parked = nil
	}
}

// resumeReader lets a parked reader read on when half of the bound is free.
func (b *inbox) resumeReader() {
	if b.parked == nil || b.counters.queued.Load() > int64(b.cfg.MaxQueued/2) ||
		b.counters.queuedBytes.Load() > int64(b.cfg.MaxQueuedBytes/2) {
		return
	}
	b.parked.Resume <- struct{}{}
	b.parked = nil
}

func (b *inbox) setStuck(stuck *messages.Stuck) {
	if stuck == b.stuck {
		return
	}
	b.stuck = stuck
	b.relay.Tell(&messages.StuckChanged{Stuck: stuck})
}

// cancelHandlers ends the handlers' context and forgets what no handler has begun; it may run more than once.
func (b *inbox) cancelHandlers() {
	b.draining, b.cancelled = true, true
	b.cancel()
	b.ready = nil
	for _, l := range b.lanes {
		stopTimer(l.retry)
		if !l.running {
			delete(b.lanes, l.key)
		}
	}
}

func (b *inbox) reportDrained() {
	if b.draining && !b.toldQuiet && len(b.lanes) == 0 && len(b.intake.batches) == 0 {
		b.toldQuiet = true
		b.relay.Tell(&messages.Drained{By: messages.Deliveries})
	}
	if b.cancelled && !b.toldIdle && b.running == 0 && b.intake.decoders == 0 && len(b.interrupts) == 0 {
		b.toldIdle = true
		b.relay.Tell(&messages.Drained{By: messages.Running})
	}
}
