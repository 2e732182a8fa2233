package socket

import (
	"errors"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Poller waits for the sockets of all of an engine's idle relays on one goroutine, with an epoll of its own, and reads
// them there. A socket is registered once and reported when something comes, so that it costs one read and nothing
// else. What follows a read may take long, since it may be user code: then another goroutine takes over.
//
// Where there are several processors the goroutine keeps a thread waiting in the kernel: to wake that takes less than
// to go through the runtime's own poller, which another thread waits at. With one processor it would hold up others,
// so the runtime waits.
type Poller struct {
	start  func(func())
	turn   func() Turn
	epoll  *os.File
	raw    syscall.RawConn // of epoll
	bell   *os.File        // wakes a leader that waits on a thread of its own; nil where the runtime waits for it
	closed atomic.Bool
	tokens atomic.Int32
	pages  [1024]atomic.Pointer[slotPage] // by the upper bits of the file descriptor

	leader   atomic.Pointer[leader]
	watching atomic.Bool // the watch looks after the leader
	watch    *time.Timer
	seen     uint64 // the watch's: state of the leader when it looked
}

// noTurn is for sources that need nothing.
type noTurn struct{}

func (noTurn) Rescue() {}

// slotPage has what is parked at neighbouring file descriptors.
type slotPage [1024]slot

// newPoller returns nil if the system has no epoll to give.
func newPoller(start func(func()), turn func() Turn) *Poller {
	if start == nil {
		start = func(f func()) { go f() }
	}
	if turn == nil {
		turn = func() Turn { return noTurn{} }
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	p := &Poller{start: start, turn: turn}
	if runtime.GOMAXPROCS(0) == 1 || !p.hangBell(fd) {
		_ = unix.SetNonblock(fd, true)
	}
	p.epoll = os.NewFile(uintptr(fd), "epoll")
	if p.raw, err = p.epoll.SyscallConn(); err != nil {
		_ = p.epoll.Close()
		return nil
	}
	p.watch = time.AfterFunc(time.Hour, p.look)
	p.watch.Stop()
	p.appoint(nil)
	return p
}

// close has every source that is parked go on, on a goroutine of its own again. From now on none can be parked.
func (p *Poller) close() {
	p.closed.Store(true)
	for i := range p.pages {
		page := p.pages[i].Load()
		if page == nil {
			continue
		}
		for j := range page {
			if place := page[j].Load(); place != nil {
				p.rested(place)
			}
		}
	}
	p.watch.Stop()
	p.ringBell()
	_ = p.epoll.Close()
}

// rested has a source go on that came to rest when the poller was closed already.
func (p *Poller) rested(place *Parking) {
	if p.closed.Load() && place.Leave() {
		p.start(place.Waker.Wake)
	}
}

// park has place woken when its socket can be read. From then on the caller must not touch the source, unless it gets
// an error. It runs inside the Control of the socket, which keeps its file descriptor until then: no later socket can
// have it yet, so place takes a slot from nobody but one that has left.
func (p *Poller) park(fd int, place *Parking) error {
	if fd >= len(p.pages)*len(slotPage{}) {
		return unix.EMFILE
	}
	token := p.tokens.Add(1)
	at := p.slot(fd)
	join, events := unix.EPOLL_CTL_MOD, uint32(unix.EPOLLIN|unix.EPOLLRDHUP)
	if place.slot.Load() == nil {
		join = unix.EPOLL_CTL_ADD
	}
	if place.Writing {
		events |= unix.EPOLLOUT
	}
	place.token.Store(token)
	place.slot.Store(at)
	at.Store(place)
	place.state.Store(resting)
	err := p.register(join, fd, token, events)
	if p.closed.Load() { // close may have looked before place was at rest
		err = os.ErrClosed
	}
	if err != nil && place.Leave() {
		return err
	}
	return nil
}

// mute has the epoll report a socket no more that is read elsewhere.
func (p *Poller) mute(fd int) { _ = p.register(unix.EPOLL_CTL_MOD, fd, 0, 0) }

// register has the epoll report events of a file descriptor, once each time that more comes, and what is there already.
// join says whether the descriptor is likely to be new there or not.
func (p *Poller) register(join, fd int, token int32, events uint32) error {
	event := unix.EpollEvent{Events: events | unix.EPOLLET, Fd: int32(fd), Pad: token}
	var err error
	gone := p.raw.Control(func(epoll uintptr) {
		err = unix.EpollCtl(int(epoll), join, fd, &event)
		switch {
		case errors.Is(err, unix.ENOENT):
			err = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_ADD, fd, &event)
		case errors.Is(err, unix.EEXIST):
			err = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_MOD, fd, &event)
		}
	})
	return errors.Join(gone, err)
}

func (p *Poller) slot(fd int) *slot {
	page := &p.pages[fd/len(slotPage{})]
	if page.Load() == nil {
		page.CompareAndSwap(nil, new(slotPage))
	}
	return &page.Load()[fd%len(slotPage{})]
}
