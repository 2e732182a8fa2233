//go:build unix

package socket

import (
	"net"
	"syscall"
)

// CrowdWaiters has no further light socket wait to read, until the returned function is called.
func CrowdWaiters() (end func()) {
	most := maxWaiters()
	waiters.Add(most)
	return func() { waiters.Add(-most) }
}

// Waiters is how many wait in Go's own poller.
func Waiters() int64 { return waiters.Load() }

// Raw is a light socket's file descriptor.
func Raw(conn net.Conn) syscall.RawConn { return (*rawLight)(conn.(*light)) }
