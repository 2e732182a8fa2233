//go:build unix

package socket

import (
	"net"
	"syscall"
)

// TryWrite gives the socket what it takes without waiting, and returns how much that was; 0 for a connection that is no
// plain socket. An error shows itself at the next write.
func TryWrite(conn net.Conn, data []byte) int {
	var n int
	try := func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), data)
		return true
	}
	switch socket := conn.(type) {
	case *light:
		_ = socket.control(func(fd uintptr) { try(fd) })
	case *net.TCPConn:
		if raw, err := socket.SyscallConn(); err == nil {
			_ = raw.Write(try)
		}
	}
	return max(0, n)
}
