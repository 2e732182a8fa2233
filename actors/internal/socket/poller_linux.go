package socket

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// Poller waits for the sockets of all of an engine's idle relays on one goroutine, with an epoll of its own. It serves
// plain sockets; each is reported once and has to be parked again.
type Poller struct {
	start  func(func())
	epoll  *os.File
	raw    syscall.RawConn // of epoll
	closed atomic.Bool
	tokens atomic.Int32
	pages  [1024]atomic.Pointer[slotPage] // by the upper bits of the file descriptor
}

// slotPage has what is parked at neighbouring file descriptors.
type slotPage [1024]slot

// newPoller returns nil if the system has no epoll to give.
func newPoller(start func(func())) *Poller {
	if start == nil {
		start = func(f func()) { go f() }
	}
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	_ = unix.SetNonblock(fd, true) // so that the runtime waits for it, without a thread
	p := &Poller{start: start, epoll: os.NewFile(uintptr(fd), "epoll")}
	if p.raw, err = p.epoll.SyscallConn(); err != nil {
		_ = p.epoll.Close()
		return nil
	}
	go p.serve()
	return p
}

// close has every reader that is parked go on, on a goroutine of its own again. From now on none can be parked.
func (p *Poller) close() {
	p.closed.Store(true)
	for i := range p.pages {
		page := p.pages[i].Load()
		if page == nil {
			continue
		}
		for j := range page {
			if place := page[j].Load(); place != nil && place.Leave() {
				p.start(place.Waker.Wake)
			}
		}
	}
	_ = p.epoll.Close()
}

// serve wakes readers until the poller is closed.
func (p *Poller) serve() {
	events := make([]unix.EpollEvent, 128)
	_ = p.raw.Read(func(fd uintptr) bool {
		for {
			n, err := unix.EpollWait(int(fd), events, 0)
			if n <= 0 && !errors.Is(err, unix.EINTR) {
				return false
			}
			for _, event := range events[:max(0, n)] {
				p.wake(event)
			}
		}
	})
}

// wake has the reader of an event go on, unless it has left, or the event is of a socket that had the file descriptor
// before.
func (p *Poller) wake(event unix.EpollEvent) {
	place := p.slot(int(event.Fd)).Load()
	if place != nil && place.token.Load() == event.Pad && place.Leave() {
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
	place.token.Store(token)
	place.slot.Store(at)
	at.Store(place)
	err := p.await(fd, token)
	if p.closed.Load() { // close may have looked before place was in its slot
		err = os.ErrClosed
	}
	if err != nil && at.CompareAndSwap(place, nil) {
		return err
	}
	return nil
}

// await has the epoll report once that a file descriptor can be read.
func (p *Poller) await(fd int, token int32) error {
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(fd), Pad: token}
	var err error
	gone := p.raw.Control(func(epoll uintptr) {
		err = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_MOD, fd, &event)
		if errors.Is(err, unix.ENOENT) {
			err = unix.EpollCtl(int(epoll), unix.EPOLL_CTL_ADD, fd, &event)
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
