package actors

import (
	"errors"
	"os"
	"sync/atomic"
	"syscall"

	"golang.org/x/sys/unix"
)

// poller waits for the sockets of all of an engine's idle relays on one goroutine, with an epoll of its own. It serves
// plain sockets; each is reported once and has to be parked again.
type poller struct {
	epoll  *os.File
	raw    syscall.RawConn // of epoll
	closed atomic.Bool
	tokens atomic.Int32
	pages  [1024]atomic.Pointer[slotPage] // by the upper bits of the file descriptor
}

// slotPage has the connections that are parked at neighbouring file descriptors.
type slotPage [1024]parkingSlot

// newPoller returns nil if the system has no epoll to give.
func newPoller() *poller {
	fd, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil
	}
	_ = unix.SetNonblock(fd, true) // so that the runtime waits for it, without a thread
	p := &poller{epoll: os.NewFile(uintptr(fd), "epoll")}
	if p.raw, err = p.epoll.SyscallConn(); err != nil {
		_ = p.epoll.Close()
		return nil
	}
	go p.run()
	return p
}

// close has every pump that is parked go on, on a goroutine of its own again. From now on none can be parked.
func (p *poller) close() {
	p.closed.Store(true)
	for i := range p.pages {
		page := p.pages[i].Load()
		if page == nil {
			continue
		}
		for j := range page {
			if parked := page[j].Load(); parked != nil && parked.leavePoller() {
				go parked.resume()
			}
		}
	}
	_ = p.epoll.Close()
}

// run wakes pumps until the poller is closed.
func (p *poller) run() {
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

// wake runs the pump of an event, unless it has left, or the event is of a socket that had the file descriptor before.
func (p *poller) wake(event unix.EpollEvent) {
	parked := p.slot(int(event.Fd)).Load()
	if parked != nil && parked.parking.token.Load() == event.Pad && parked.leavePoller() {
		go parked.resume()
	}
}

// park has the pump of a connection run when its socket can be read. From then on the caller must not touch the pump, unless
// it gets an error.
func (p *poller) park(fd int, parked *connection) error {
	if fd >= len(p.pages)*len(slotPage{}) {
		return unix.EMFILE
	}
	token := p.tokens.Add(1)
	slot := p.slot(fd)
	parked.parking.token.Store(token)
	parked.parking.slot.Store(slot)
	slot.Store(parked)
	err := p.await(fd, token)
	if p.closed.Load() { // close may have looked before the connection was in its slot
		err = os.ErrClosed
	}
	if err != nil && slot.CompareAndSwap(parked, nil) {
		return err
	}
	return nil
}

// await has the epoll report once that a file descriptor can be read.
func (p *poller) await(fd int, token int32) error {
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

func (p *poller) slot(fd int) *parkingSlot {
	page := &p.pages[fd/len(slotPage{})]
	if page.Load() == nil {
		page.CompareAndSwap(nil, new(slotPage))
	}
	return &page.Load()[fd%len(slotPage{})]
}
