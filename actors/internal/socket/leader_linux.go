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
	looks  int           // at what is ready, since the last turn
	state  atomic.Uint64 // counts beginnings and ends of turns, so it is odd during one; deposed in the end
	ready  []unix.EpollEvent
	pace   pace
	events [readyAtOnce]unix.EpollEvent
	poll   func(epoll uintptr) bool // pollOnce, made once
	wait   func(epoll uintptr)      // pollUntil, made once
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
	l.poll, l.wait = l.pollOnce, l.pollUntil
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
		if len(l.ready) == 0 {
			if !l.await() {
				l.poller.takeBell()
				break
			}
			continue
		}
		next := l.ready[0]
		l.ready = l.ready[1:]
		leading = l.turn(next)
	}
	returned = true
}

// await waits until something is ready; false when the poller was closed.
func (l *leader) await() bool {
	l.pace.rest()
	l.looks = 0
	var err error
	if l.poller.bell == nil {
		err = l.poller.raw.Read(l.poll)
	} else {
		err = l.poller.raw.Control(l.wait)
	}
	l.pace.wake(time.Now(), l.looks > 1)
	return err == nil && !l.poller.closed.Load()
}

// pollOnce takes what is ready; false has the runtime call it again when there is something.
func (l *leader) pollOnce(epoll uintptr) bool {
	l.take(epoll, 0)
	return len(l.ready) > 0
}

// pollUntil takes what is ready, and keeps its thread waiting for that.
func (l *leader) pollUntil(epoll uintptr) {
	if l.pace.resting() {
		l.take(epoll, 0) // to learn whether the rest has brought something
	}
	if len(l.ready) == 0 {
		l.take(epoll, -1)
	}
}

// take takes what is ready within so many milliseconds, without a limit when that is negative.
func (l *leader) take(epoll uintptr, wait int) {
	l.looks++
	n, err := unix.EpollWait(int(epoll), l.events[:], wait)
	for errors.Is(err, unix.EINTR) {
		n, err = unix.EpollWait(int(epoll), l.events[:], wait)
	}
	l.ready = l.events[:max(0, n)]
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
