//go:build !linux

package socket

import (
	"errors"
	"net"
	"net/netip"
)

// Connect is not supported here: there is no poller that would wait for the connection.
func Connect(netip.AddrPort, bool) (net.Conn, error) { return nil, errors.ErrUnsupported }

// ConnectError returns err.
func ConnectError(_ netip.AddrPort, err error) error { return err }

// Offer is for connections of Connect, of which there are none.
func Offer(net.Conn, []byte) (taken int, err error) { return 0, errors.ErrUnsupported }
