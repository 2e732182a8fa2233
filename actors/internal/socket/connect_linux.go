package socket

import (
	"errors"
	"net"
	"net/netip"
	"os"

	"golang.org/x/sys/unix"
)

// Connect begins to connect to addr without waiting, and returns a connection as light as Lighten's, with the options
// that net gives its own; one that is not probed has no keepalive. It is made when Offer takes something. The errors
// are net's.
func Connect(addr netip.AddrPort, probed bool) (net.Conn, error) {
	family := unix.AF_INET6
	if addr.Addr().Is4() {
		family = unix.AF_INET
	}
	fd, err := unix.Socket(family, unix.SOCK_STREAM|unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, connectError("socket", addr, err)
	}
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_NODELAY, 1)
	if probed {
		for _, o := range probes {
			_ = unix.SetsockoptInt(fd, o.level, o.option, o.value)
		}
	}
	err = unix.Connect(fd, sockaddr(addr))
	if err != nil && !errors.Is(err, unix.EINPROGRESS) && !errors.Is(err, unix.EINTR) {
		_ = unix.Close(fd)
		return nil, ConnectError(addr, err)
	}
	return &light{fd: int32(fd)}, nil
}

// probes are those of net's connections: one each 15 s after as much silence, nine times at most.
var probes = []struct{ level, option, value int }{
	{unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
	{unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 15},
	{unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 15},
	{unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 9},
}

func sockaddr(addr netip.AddrPort) unix.Sockaddr {
	if addr.Addr().Is4() {
		return &unix.SockaddrInet4{Port: int(addr.Port()), Addr: addr.Addr().As4()}
	}
	return &unix.SockaddrInet6{Port: int(addr.Port()), Addr: addr.Addr().As16()}
}

// ConnectError is net's error for a connection that could not be made, when Offer said so.
func ConnectError(addr netip.AddrPort, err error) error { return connectError("connect", addr, err) }

func connectError(call string, addr netip.AddrPort, err error) error {
	return &net.OpError{Op: "dial", Net: "tcp", Addr: net.TCPAddrFromAddrPort(addr), Err: os.NewSyscallError(call, err)}
}

// Offer gives a connection that Connect began what it takes without waiting. The error says why it takes nothing any
// more, and is nil while it just takes no more for now.
func Offer(conn net.Conn, data []byte) (taken int, err error) {
	l := conn.(*light)
	if !l.hold(1) {
		return 0, net.ErrClosed
	}
	defer l.drop()
	for {
		n, err := unix.Write(int(l.fd), data)
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return 0, nil
		default:
			return max(0, n), err
		}
	}
}
