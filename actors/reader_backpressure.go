package actors

import (
	"errors"
	"time"

	"hermod/supervisor"
)

// recheck is how often a reader that stopped reading looks whether the engine's other relays have made room.
const recheck = 100 * time.Millisecond

// errNoDescriptor fails a handshake: what came before the descriptor is more than the relay may hold.
var errNoDescriptor = errors.New("more deliveries than MaxQueuedBytes and MaxFrame allow came before the descriptor")

// holdBack returns when the reader may read on: at once, unless the relay holds all that it may, and what it may read
// on beyond that. Then the connector feels it through TCP. The inbox says when there is room again.
func (l *readLoop) holdBack() error {
	switch {
	case !l.overfull():
		return nil
	case l.described == 0:
		return &supervisor.HandshakeError{Err: errNoDescriptor}
	}
	l.awaitRoom(l.allowed())
	return nil
}

// overfull says that the reader may not read on. Without a descriptor it may always bring a line.
func (l *readLoop) overfull() bool {
	if l.described == 0 && int(l.undescribed) <= l.cfg.MaxFrame {
		return false
	}
	return l.relay.full(l.allowed())
}

// allowed is how far the reader may go.
func (l *readLoop) allowed() level {
	if l.described > 0 && int(l.described) < len(l.cfg.Identities) {
		return beforeDescriptors
	}
	return readAhead
}

// awaitRoom waits while the relay holds what a level allows.
func (l *readLoop) awaitRoom(allowed level) {
	if !l.relay.full(allowed) {
		return
	}
	resume := make(chan struct{}, 1)
	l.tellPaused(time.Now())
	defer l.tellPaused(time.Time{})
	l.meetInbox().Tell(&readerPaused{generation: l.gen, resume: resume})
	ended := l.ended.done()
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for {
		select {
		case <-resume:
			return
		case <-ended:
			return
		case <-tick.C:
			if !l.relay.full(atBounds) {
				return
			}
		}
	}
}

// tellPaused says since when nothing is read: the link must not take that for silence, and people have to see it.
func (l *readLoop) tellPaused(since time.Time) {
	l.link.Tell(&readingPaused{paused: !since.IsZero()})
	l.relay.self.Tell(&readerStopped{generation: l.gen, since: since})
}
