package socket

import (
	"encoding/binary"
	"os"

	"golang.org/x/sys/unix"
)

// hangBell has the epoll report the bell, which wakes a leader whose thread waits in the kernel; false if the system
// has none to give.
func (p *Poller) hangBell(epoll int) bool {
	fd, err := unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return false
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(fd)}
	if unix.EpollCtl(epoll, unix.EPOLL_CTL_ADD, fd, &event) != nil {
		_ = unix.Close(fd)
		return false
	}
	p.bell = os.NewFile(uintptr(fd), "bell")
	return true
}

// ringBell wakes the leader now, or when it waits next.
func (p *Poller) ringBell() {
	if p.bell != nil {
		_, _ = p.bell.Write(binary.NativeEndian.AppendUint64(nil, 1))
	}
}

// takeBell is for the leader who waits no more, since a bell that is gone wakes nobody.
func (p *Poller) takeBell() {
	if p.bell != nil {
		_ = p.bell.Close()
	}
}
