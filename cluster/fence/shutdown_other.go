//go:build !unix

package fence

import "net"

// shutdown closes the connection, which wakes whoever reads or writes.
func shutdown(conn *net.TCPConn) { _ = conn.Close() }
