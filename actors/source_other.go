//go:build !unix

package actors

import "net"

// newParkedSource knows no way to wait for a socket without a buffer here.
func newParkedSource(net.Conn) source { return nil }
