package actors

import (
	"context"
	"errors"
	"time"

	"hermod/supervisor"
)

// lane holds the deliveries of one session in order. At most its head is being handled; while it waits for the head's
// next try, other lanes go on.
type lane struct {
	key     string
	queue   []*delivery
	running bool        // a handler has the head, and maybe what follows it
	waiting bool        // in inbox.ready
	retry   *time.Timer // runs between two tries of the head
}

// A handler goroutine takes at most maxRun live deliveries in a row, and no more when runTime is over, which it looks at
// after each runCheck of them. A buffered one is a run of its own, since its acknowledgement must not wait for others.
const (
	maxRun   = 1024
	runCheck = 32
	runTime  = time.Millisecond
)

var errNoHandler = errors.New("no passthrough handler is configured")

// makeReady queues a lane for a handler unless it has one, waits for a try, or is queued.
func (b *inbox) makeReady(l *lane) {
	if l.running || l.waiting || l.retry != nil || len(l.queue) == 0 {
		return
	}
	l.waiting = true
	b.ready = append(b.ready, l)
}

// dispatch starts handlers for ready lanes, as many as may run at once.
func (b *inbox) dispatch() {
	for len(b.ready) > 0 && b.handling < b.cfg.MaxHandlers && !b.cancelled {
		l := b.ready[0]
		b.ready = b.ready[1:]
		l.waiting = false
		b.startRun(l)
	}
}

func (b *inbox) startRun(l *lane) {
	head := l.queue[0]
	if b.unhandled(head) {
		if t := head.troubled(); t.err == nil {
			t.err = errNoHandler
		}
		b.startDeadLetter(l)
		return
	}
	run := l.queue[:1]
	for head.in.BufferID == "" && len(run) < min(maxRun, len(l.queue)) {
		next := l.queue[len(run)]
		if next.in.BufferID != "" || b.unhandled(next) {
			break
		}
		run = l.queue[:len(run)+1]
	}
	l.running = true
	b.handling++
	go b.cfg.runHandlers(b.ctx, l.key, run[:len(run):len(run)], b.self)
}

// unhandled says that no handler takes this kind of delivery, so that only the dead-letter handler can.
func (b *inbox) unhandled(d *delivery) bool {
	return d.in.Event == nil && (d.forward == nil || b.cfg.Handlers.Passthrough == nil)
}

// runEnded settles what a run handled; the delivery that stopped it is tried again later or given up.
func (b *inbox) runEnded(m *runEnded) {
	l := b.lanes[m.lane]
	l.running = false
	b.handling--
	b.counters.Handled.Add(uint64(m.handled))
	for range m.handled {
		b.close(b.pop(l))
	}
	if m.err != nil {
		b.failed(l, m.err)
	}
	b.proceed(l)
}

func (b *inbox) pop(l *lane) *delivery {
	d := l.queue[0]
	l.queue[0] = nil
	l.queue = l.queue[1:]
	return d
}

// proceed gives a lane its next run, or forgets it when it is empty.
func (b *inbox) proceed(l *lane) {
	switch {
	case b.cancelled && !l.running, len(l.queue) == 0:
		delete(b.lanes, l.key)
	default:
		b.makeReady(l)
	}
	b.dispatch()
}

// close ends a delivery that was taken: it is remembered and acknowledged, and its copies with it.
func (b *inbox) close(d *delivery) {
	b.dedupe.end(d, true, b.cfg.DedupeKeys)
	b.ack(d)
	b.unqueue(d)
	for _, c := range d.takeCopies() {
		b.duplicate(c)
	}
	if d.in.released {
		d.reuse()
	}
}

// failed has the head of the lane tried again after a while, or gives it up.
func (b *inbox) failed(l *lane, err error) {
	tries := l.queue[0].failed(err)
	if b.cancelled {
		return
	}
	b.cfg.log().Warn("handler failed", "session", l.key, "try", tries, "err", err)
	if tries >= b.cfg.Tries {
		b.startDeadLetter(l)
		return
	}
	b.counters.Retried.Add(1)
	ladder := supervisor.Backoff{Base: b.cfg.RetryDelay, Max: time.Hour}
	l.retry = b.self.after(ladder.Delay(tries, b.cfg.jitter()), &retryDue{lane: l.key})
}

func (b *inbox) retry(key string) {
	l := b.lanes[key]
	if l == nil || l.retry == nil {
		return
	}
	l.retry = nil
	b.makeReady(l)
	b.dispatch()
}

// runHandlers gives deliveries to their handler, one after the other, until one fails or it has taken long. It runs on a
// goroutine.
func (c *config) runHandlers(ctx context.Context, lane string, run []*delivery, to ref[toInbox]) {
	ended := &runEnded{lane: lane}
	defer func() { to.Tell(ended) }() // also when the handler ends its goroutine
	start := time.Now()
	for i, d := range run {
		if i%runCheck == runCheck-1 && time.Since(start) > runTime {
			return
		}
		ended.err = errGoexit
		if ended.err = c.handle(ctx, d); ended.err != nil {
			return
		}
		ended.handled++
	}
}

var errGoexit = errors.New("handler ended its goroutine")

func (c *config) handle(ctx context.Context, d *delivery) error {
	if d.forward != nil {
		p := &Passthrough{Relay: d.in.Relay, Forward: d.forward, BufferID: d.in.BufferID, Generation: d.in.Generation, Try: d.in.Try}
		return Guard(func() error { return c.Handlers.Passthrough(ctx, p) })
	}
	return Guard(func() error { return c.Handlers.Inbound(ctx, d.in) })
}
