//go:build !unix

package socket

import "net"

// newPlainSource knows no way to wait for a socket without a buffer here.
func newPlainSource(net.Conn, Source) Source { return nil }
