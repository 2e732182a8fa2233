package socket

import (
	"errors"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// leader is the goroutine that waits for a poller's sockets and gives each its turn. One that is held up by a turn is
// deposed: its successor takes over what it had not come to.
type leader struct {
	poller *Poller
	with   Turn
	state  atomic.Uint64 // counts beginnings and ends of turns, so it is odd during one; deposed in the end
	ready  []unix.EpollEvent
	events [readyAtOnce]unix.EpollEvent
	poll   func(epoll uintptr) bool // pollOnce, made once
}

// readyAtOnce is how many sockets a leader takes on before it looks again.
const readyAtOnce = 128

// deposed is the last state of a leader who was held up.
const deposed = ^uint64(0)

// heldUp is how long a turn may take. The watch looks as often, while there are turns.
const heldUp = time.Millisecond

// appoint has a goroutine lead from now on. ready is what the one before had not come to.
func (p *Poller) appoint(ready []unix.EpollEvent) {
	l := &leader{poller: p, with: p.turn()}
	l.ready = l.events[:copy(l.events[:], ready)]
	l.poll = l.pollOnce
	p.leader.Store(l)
	go l.lead()
}

// lead gives turns until another leads or the poller is closed. A turn may end the goroutine.
func (l *leader) lead() {
	returned := false
	defer func() {
		if now := l.state.Load(); !returned && now != deposed && l.state.CompareAndSwap(now, deposed) {
			l.poller.appoint(l.ready)
			l.with.Rescue()
		}
	}()
	for leading := true; leading; {
		if len(l.ready) == 0 && l.poller.raw.Read(l.poll) != nil {
			break
		}
		next := l.ready[0]
		l.ready = l.ready[1:]
		leading = l.turn(next)
	}
	returned = true
}

// pollOnce takes what is ready; false has the runtime call it again when there is something.
func (l *leader) pollOnce(epoll uintptr) bool {
	for {
		n, err := unix.EpollWait(int(epoll), l.events[:], 0)
		if errors.Is(err, unix.EINTR) {
			continue
		}
		l.ready = l.events[:max(0, n)]
		return n > 0
	}
}

// turn gives the socket of an event its turn, and says whether l still leads. The socket may have left, and the event
// be of one that had the file descriptor before.
func (l *leader) turn(event unix.EpollEvent) bool {
	place := l.poller.slot(int(event.Fd)).Load()
	if place == nil || place.token.Load() != event.Pad || !place.begin() {
		return true
	}
	during := l.state.Add(1)
	l.poller.attend()
	place.Waker.Turn(l.with, event.Events&^unix.EPOLLIN != 0)
	return l.state.CompareAndSwap(during, during+1)
}

// attend has the watch look after the leader.
func (p *Poller) attend() {
	if !p.watching.Load() && p.watching.CompareAndSwap(false, true) {
		p.watch.Reset(heldUp)
	}
}

// look deposes a leader who has been in one turn since the last look. It goes on while there are turns.
func (p *Poller) look() {
	l := p.leader.Load()
	now := l.state.Load()
	switch held := now%2 > 0; {
	case now != p.seen:
		p.seen = now
	case held && l.state.CompareAndSwap(now, deposed):
		p.seen = 0
		p.appoint(l.ready)
		l.with.Rescue()
	case !held:
		p.watching.Store(false)
		if l.state.Load() == now || !p.watching.CompareAndSwap(false, true) {
			return
		}
	}
	p.watch.Reset(heldUp)
}
