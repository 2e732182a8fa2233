//go:build unix

package socket

import (
	"net"
	"syscall"
)

// TryWrite gives the socket what it takes without waiting, and returns how much that was; 0 for a connection that is no
// plain socket. An error shows itself at the next write.
func TryWrite(conn net.Conn, data []byte) int {
	socket, ok := conn.(*net.TCPConn)
	if !ok {
		return 0
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return 0
	}
	var n int
	_ = raw.Write(func(fd uintptr) bool {
		n, _ = syscall.Write(int(fd), data)
		return true
	})
	return max(0, n)
}
