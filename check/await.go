package check

import (
	"bytes"
	"time"
)

// answerTime is how long an answer may take. Peers that are right answer at once.
const answerTime = 10 * time.Second

// keep takes what the reader hands over.
func (l *link) keep(it item) {
	if it.frame == nil {
		l.oddities++
	}
	switch {
	case it.frame != nil:
		l.seen = append(l.seen, *it.frame)
		l.held += len(it.frame.line)
		if it.frame.kind == "hello" && len(l.hellos) < maxHellos {
			l.hellos = append(l.hellos, *it.frame)
		}
	case it.irregular != nil:
		l.irregular = append(l.irregular, *it.irregular)
	case it.ping:
		l.pings++
	case it.ended != nil:
		l.ended = it.ended
	default:
		l.pongs = append(l.pongs, it.pong)
	}
}

// isFull says that the peer has sent more than any check asks for.
func (l *link) isFull() bool {
	return len(l.seen) >= maxSeen || l.held >= maxHeld || l.oddities >= maxOddities
}

// forget drops what came for the check before.
func (l *link) forget() {
	l.seen, l.held, l.oddities = nil, 0, 0
	l.irregular, l.pongs = nil, nil
}

// until reads until cond holds, the link has ended, or the time is over, and reports whether cond holds.
func (p *probe) until(l *link, d time.Duration, cond func() bool) bool {
	over := time.After(d)
	for !cond() && l.ended == nil && !l.isFull() {
		select {
		case it := <-l.arriving:
			l.keep(it)
		case <-over:
			return false
		case <-p.ctx.Done():
			return false
		}
	}
	return cond()
}

// await takes the first frame that matches, and reports whether it came in time. Others stay for later.
func (p *probe) await(l *link, d time.Duration, match func(frame) bool) (frame, bool) {
	at := 0
	found := p.until(l, d, func() bool {
		for ; at < len(l.seen); at++ {
			if match(l.seen[at]) {
				return true
			}
		}
		return false
	})
	if !found {
		return frame{}, false
	}
	f := l.seen[at]
	l.held -= len(f.line)
	l.seen = append(l.seen[:at:at], l.seen[at+1:]...)
	return f, true
}

// awaitEnd waits for the end of the link.
func (p *probe) awaitEnd(l *link, d time.Duration) *ending {
	p.until(l, d, func() bool { return l.ended != nil })
	return l.ended
}

// awaitPong waits for the pong with this payload.
func (p *probe) awaitPong(l *link, d time.Duration, payload []byte) bool {
	return p.until(l, d, func() bool {
		for _, pong := range l.pongs {
			if bytes.Equal(pong, payload) {
				return true
			}
		}
		return false
	})
}

// settle reads on for a while, to see what should not come.
func (p *probe) settle(l *link, d time.Duration) { p.until(l, d, func() bool { return false }) }

// requireShape is broken if the peer's framing has a fault of these kinds.
func (p *probe) requireShape(l *link, expected string, kinds ...fault) {
	for _, i := range l.irregular {
		for _, kind := range kinds {
			p.require(i.kind != kind, expected, "%s came", i.what)
		}
	}
}

// count returns how many frames of those seen match.
func (l *link) count(match func(frame) bool) int {
	n := 0
	for _, f := range l.seen {
		if match(f) {
			n++
		}
	}
	return n
}

// ofKind matches frames of a type.
func ofKind(kind string) func(frame) bool { return func(f frame) bool { return f.kind == kind } }
