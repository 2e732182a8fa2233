package actors

import (
	"errors"
	"sync"
	"time"

	"hermod/supervisor"
)

// lane holds the deliveries of one session in order. At most its head is being handled; while it waits for the head's
// next try, other lanes go on.
type lane struct {
	key     string
	queue   []*delivery
	run     *run        // what has the head, and maybe what follows it; nil when no handler has
	letter  bool        // the dead-letter handler has the head
	waiting bool        // in inbox.ready
	retry   *time.Timer // runs between two tries of the head
	room    []*delivery // where queue begins anew
	one     [1]*delivery
}

var lanes = sync.Pool{New: func() any { return new(lane) }}

// maxKeptRoom is how many deliveries a lane has room for that is used again.
const maxKeptRoom = 256

// newLane returns a lane that has room for one delivery, or as many as it had before.
func newLane(key string) *lane {
	l := lanes.Get().(*lane)
	if l.room == nil {
		l.room = l.one[:0]
	}
	l.key, l.queue = key, l.room
	return l
}

// giveBack has an empty lane used again, to which nobody refers.
func (l *lane) giveBack() {
	if cap(l.room) > maxKeptRoom {
		l.room = nil
	}
	clear(l.room[:cap(l.room)])
	*l = lane{room: l.room}
	lanes.Put(l)
}

// forget takes an empty lane out. Only the inbox refers to it.
func (b *inbox) forget(l *lane) {
	b.lanes.remove(l)
	if len(l.queue) == 0 && !l.busy() && !l.waiting && l.retry == nil {
		l.giveBack()
	}
}

// busy says that user code has the head.
func (l *lane) busy() bool { return l.run != nil || l.letter }

var errNoHandler = errors.New("no passthrough handler is configured")

// makeReady queues a lane for a handler unless it has one, waits for a try, or is queued.
func (b *inbox) makeReady(l *lane) {
	if l.busy() || l.waiting || l.retry != nil || len(l.queue) == 0 {
		return
	}
	l.waiting = true
	b.ready = append(b.ready, l)
}

// dispatch starts handlers for ready lanes, as many as may run at once.
func (b *inbox) dispatch() {
	for len(b.ready) > 0 && b.handling < b.cfg.MaxHandlers && !b.cancelled {
		b.startRun(b.nextReady())
	}
}

// nextReady takes out the lane that is ready for the longest.
func (b *inbox) nextReady() *lane {
	l := b.ready[0]
	l.waiting = false
	if len(b.ready) == 1 { // what follows finds its room again
		b.ready = b.ready[:0]
		return l
	}
	b.ready = b.ready[1:]
	return l
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
	for len(run) < min(maxRun, len(l.queue)) && !b.unhandled(l.queue[len(run)]) {
		run = l.queue[:len(run)+1]
	}
	b.beginRun(l, run[:len(run):len(run)])
}

// unhandled says that no handler takes this kind of delivery, so that only the dead-letter handler can.
func (b *inbox) unhandled(d *delivery) bool {
	return d.in.Event == nil && (d.forward == nil || b.cfg.Handlers.Passthrough == nil)
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
	case b.cancelled && !l.busy(), len(l.queue) == 0:
		b.forget(l)
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
	d.reuse(false)
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
	l := b.lanes.find(key)
	if l == nil || l.retry == nil {
		return
	}
	l.retry = nil
	b.makeReady(l)
	b.dispatch()
}
