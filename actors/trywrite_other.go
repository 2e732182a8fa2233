//go:build !unix

package actors

import "net"

// tryWrite writes nothing: everything goes through a goroutine here.
func tryWrite(net.Conn, []byte) int { return 0 }
