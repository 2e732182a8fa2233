package actors

import (
	"context"
	"errors"
	"time"
)

var errNoDeadLetter = errors.New("no dead-letter handler is configured")

// startDeadLetter gives the head of the lane to the dead-letter handler; the lane waits for it.
func (b *inbox) startDeadLetter(l *lane) {
	l.letter = true
	b.handling++
	head, trouble := l.queue[0], l.queue[0].troubled()
	letter := &DeadLetter{Relay: b.blank.Relay, Event: head.in.Event, Forward: head.forward, Raw: trouble.raw,
		BufferID: head.in.BufferID, Err: trouble.err, Tries: head.in.Try - 1}
	if head.in.Event != nil {
		letter.Raw, letter.SessionKey = head.in.Event.Raw(), l.key
	}
	b.relay.users.enter()
	go runDeadLetter(b.ctx, b.relay, l.key, letter, b.self)
}

// deadLetterEnded settles a delivery that the dead-letter handler took. One that it did not take stays unacknowledged,
// so that the connector replays it at the next dial; but a frame that can never be decoded is acknowledged when nobody
// asked for such frames, since a connector that waits for its acknowledgement would never deliver again.
func (b *inbox) deadLetterEnded(m *deadLetterEnded) {
	l := b.lanes.find(m.lane)
	l.letter = false
	b.handling--
	if m.err != nil && b.cancelled {
		b.proceed(l)
		return
	}
	d := b.pop(l)
	switch {
	case m.err == nil:
		b.counters.DeadLettered.Add(1)
		b.close(d)
	case d.undecoded() && errors.Is(m.err, errNoDeadLetter):
		b.counters.Abandoned.Add(1)
		b.close(d)
	default:
		b.abandon(l, d, m.err)
	}
	b.proceed(l)
}

// abandon leaves a delivery unacknowledged and says so; a copy that came meanwhile gets its own tries.
func (b *inbox) abandon(l *lane, d *delivery, deadLetterErr error) {
	b.counters.Abandoned.Add(1)
	b.cfg.log().Error("delivery was given up and stays unacknowledged", "session", l.key, "buffer_id", d.in.BufferID,
		"err", d.trouble.err, "dead_letter_err", deadLetterErr)
	b.dedupe.end(d, false, b.cfg.DedupeKeys)
	b.unqueue(d)
	if b.stuck == nil && d.in.BufferID != "" && d.in.Generation == b.generation {
		b.setStuck(&Stuck{BufferID: d.in.BufferID, SessionKey: l.key, Err: d.trouble.err.Error(), Since: time.Now()})
	}
	if copies := d.takeCopies(); len(copies) > 0 {
		heir := copies[0]
		if len(copies) > 1 {
			heir.troubled().copies = copies[1:]
		}
		b.enqueue(l, heir)
	}
}

// runDeadLetter gives a delivery to the dead-letter handler. It runs on a goroutine.
func runDeadLetter(ctx context.Context, relay *shared, lane string, letter *DeadLetter, to ref[toInbox]) {
	defer relay.users.leave()
	ended := &deadLetterEnded{lane: lane, err: errNoDeadLetter}
	defer func() { to.Tell(ended) }()
	handler := relay.cfg.Handlers.DeadLetter
	if handler == nil {
		return
	}
	if letter.Forward != nil {
		letter.Raw = letter.Forward.AppendJSON(nil)
	}
	if ended.err = ctx.Err(); ended.err == nil {
		ended.err = errGoexit
		ended.err = Guard(func() error { return handler(ctx, letter) })
	}
}
