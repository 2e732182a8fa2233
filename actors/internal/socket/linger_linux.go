package socket

import (
	"time"

	"golang.org/x/sys/unix"
)

// linger waits until a socket has something to read, in the system call itself.
func linger(fd int, d time.Duration) {
	timeout := unix.NsecToTimespec(d.Nanoseconds())
	_, _ = unix.Ppoll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, &timeout, nil)
}
