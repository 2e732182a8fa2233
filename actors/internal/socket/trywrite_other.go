//go:build !unix

package socket

import "net"

// TryWrite writes nothing: everything goes through a goroutine here.
func TryWrite(net.Conn, []byte) int { return 0 }
