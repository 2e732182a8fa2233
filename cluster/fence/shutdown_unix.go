//go:build unix

package fence

import (
	"net"

	"golang.org/x/sys/unix"
)

// shutdown ends both directions and leaves the descriptor to its owner: to close it here could hit a number that is
// somebody else's by then, and would not wake who waits for it.
func shutdown(conn *net.TCPConn) {
	if raw, err := conn.SyscallConn(); err == nil {
		_ = raw.Control(func(fd uintptr) { _ = unix.Shutdown(int(fd), unix.SHUT_RDWR) })
	}
}
