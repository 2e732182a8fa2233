//go:build !unix

package socket

import "net"

// newParkableSource knows no way to wait for a socket without a buffer here.
func newParkableSource(net.Conn, Source) Source { return nil }

// Tryable returns the connection: here TLS is waited for with a buffer.
func Tryable(conn net.Conn) net.Conn { return conn }

// Lighten returns the connection: here none weighs less at rest.
func Lighten(conn net.Conn) net.Conn { return conn }
