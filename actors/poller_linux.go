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
	fd     int
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
	p := &poller{epoll: os.NewFile(uintptr(fd), "epoll"), fd: fd}
	raw, err := p.epoll.SyscallConn()
	if err != nil {
		p.close()
		return nil
	}
	go p.run(raw)
	return p
}

func (p *poller) close() { _ = p.epoll.Close() }

// run wakes pumps until the poller is closed.
func (p *poller) run(raw syscall.RawConn) {
	events := make([]unix.EpollEvent, 128)
	_ = raw.Read(func(fd uintptr) bool {
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
	event := unix.EpollEvent{Events: unix.EPOLLIN | unix.EPOLLRDHUP | unix.EPOLLONESHOT, Fd: int32(fd), Pad: token}
	err := unix.EpollCtl(p.fd, unix.EPOLL_CTL_MOD, fd, &event)
	if errors.Is(err, unix.ENOENT) {
		err = unix.EpollCtl(p.fd, unix.EPOLL_CTL_ADD, fd, &event)
	}
	if err != nil && slot.CompareAndSwap(parked, nil) {
		return err
	}
	return nil
}

func (p *poller) slot(fd int) *parkingSlot {
	page := &p.pages[fd/len(slotPage{})]
	if page.Load() == nil {
		page.CompareAndSwap(nil, new(slotPage))
	}
	return &page.Load()[fd%len(slotPage{})]
}
