package daemon

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/connector/unixsocket"
)

// socket is an address that is bound. Nothing is accepted before a listener is made of it, and its clients wait in the
// system's queue between one listener and the next.
type socket struct {
	address string // as the configuration gives it
	bound   interface {
		net.Listener
		SetDeadline(time.Time) error
	}
}

// bind takes the address.
func bind(l config.Listener) (*socket, error) {
	s, err := bindTo(l)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("listen as %s says: %w; end the program that listens there, or set %s to another address", l.Key, err, l.Key)
	}
	if err != nil {
		return nil, fmt.Errorf("listen as %s says: %w", l.Key, err)
	}
	return s, nil
}

func bindTo(l config.Listener) (*socket, error) {
	if path, is := l.SocketPath(); is {
		listener, err := unixsocket.Listen(path, l.Mode)
		if err != nil {
			return nil, err
		}
		return &socket{address: l.Address, bound: listener}, nil
	}
	listener, err := net.Listen("tcp", l.Address)
	if err != nil {
		return nil, err
	}
	return &socket{address: l.Address, bound: listener.(*net.TCPListener)}, nil
}

// permit changes the mode of a unix socket, and turns away those who would not get in now.
func (s *socket) permit(mode fs.FileMode) error {
	if unix, ok := s.bound.(*unixsocket.Listener); ok {
		return unix.Permit(mode)
	}
	return nil
}

// addr is where the socket is reached.
func (s *socket) addr() string {
	if s.bound.Addr().Network() == "unix" {
		return s.address
	}
	return s.bound.Addr().String()
}

// listener accepts clients until it is closed, which leaves the address bound.
func (s *socket) listener() net.Listener {
	_ = s.bound.SetDeadline(time.Time{}) // an earlier listener's end set one
	return listener{s}
}

// release gives the address up, and takes a unix socket away unless it was replaced.
func (s *socket) release() { _ = s.bound.Close() }

// listener is one run of a socket.
type listener struct{ *socket }

// Accept returns the next client.
func (l listener) Accept() (net.Conn, error) {
	conn, err := l.bound.Accept()
	if unix, ok := conn.(*net.UnixConn); ok && err == nil {
		return named(unix), nil
	}
	return conn, err
}

// Addr returns the address.
func (l listener) Addr() net.Addr { return l.bound.Addr() }

// Close makes Accept return.
func (l listener) Close() error { return l.bound.SetDeadline(time.Unix(1, 0)) }

// peer is a client of a unix socket. It has no address: who it is stands in its place.
type peer struct {
	*net.UnixConn
	who string
}

func named(conn *net.UnixConn) peer {
	if uid, ok := uidOf(conn); ok {
		return peer{conn, fmt.Sprintf("unix:uid=%d", uid)}
	}
	return peer{conn, "unix"}
}

// RemoteAddr says who the client is.
func (p peer) RemoteAddr() net.Addr { return &net.UnixAddr{Name: p.who, Net: "unix"} }
