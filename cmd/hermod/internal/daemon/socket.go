package daemon

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"hermod/cmd/hermod/internal/config"
)

// socket is an address that is bound. Nothing is accepted before a listener is made of it, and its clients wait in the
// system's queue between one listener and the next.
type socket struct {
	address string // as the configuration gives it
	bound   interface {
		net.Listener
		SetDeadline(time.Time) error
	}
	file fs.FileInfo // of a unix socket
}

const (
	// takeTime bounds how long it is waited for whoever listens at a unix socket.
	takeTime = time.Second
	// emptyTime is for how long clients of a socket whose mode changes are turned away.
	emptyTime = 10 * time.Millisecond
)

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
		return bindUnix(l.Address, path, l.Mode)
	}
	listener, err := net.Listen("tcp", l.Address)
	if err != nil {
		return nil, err
	}
	return &socket{address: l.Address, bound: listener.(*net.TCPListener)}, nil
}

// bindUnix makes the socket in a folder that is closed to others and moves it to its place, so that nobody can connect
// before it has its mode, and one that a dead process left is replaced in one step.
func bindUnix(address, path string, mode fs.FileMode) (*socket, error) {
	if err := mayReplace(path); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; make the folder, writable for the user that runs the daemon", err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	made := filepath.Join(folder, "s")
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	listener.SetUnlinkOnClose(false) // its name changes
	s := &socket{address: address, bound: listener}
	if err = os.Chmod(made, mode); err == nil {
		s.file, err = os.Lstat(made)
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	return s, nil
}

// mayReplace says why the path cannot be taken: somebody listens there, or it is something else.
func mayReplace(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("%s is there and no socket; name another path, or take it away", path)
	}
	ctx, cancel := context.WithTimeout(context.Background(), takeTime)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", path)
	if err == nil {
		_ = conn.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("%s: %w", path, syscall.EADDRINUSE)
}

// permit changes the mode of a unix socket. Clients that came before, and would not get in now, wait for nothing.
func (s *socket) permit(mode fs.FileMode) error {
	if s.file == nil || s.file.Mode().Perm() == mode {
		return nil
	}
	path, _ := config.Listener{Address: s.address}.SocketPath()
	info, err := os.Lstat(path)
	if err != nil || !os.SameFile(info, s.file) {
		return nil // it was taken away, so nobody gets in by it
	}
	if err := os.Chmod(path, mode); err != nil {
		return err
	}
	s.file, err = os.Lstat(path)
	_ = s.bound.SetDeadline(time.Now().Add(emptyTime))
	for {
		conn, acceptErr := s.bound.Accept()
		if acceptErr != nil {
			return err
		}
		_ = conn.Close()
	}
}

// addr is where the socket is reached.
func (s *socket) addr() string {
	if s.file != nil {
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
func (s *socket) release() {
	_ = s.bound.Close()
	if s.file == nil {
		return
	}
	path, _ := config.Listener{Address: s.address}.SocketPath()
	if info, err := os.Lstat(path); err == nil && os.SameFile(info, s.file) {
		_ = os.Remove(path)
	}
}

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
