package unixsocket

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	// knockTime bounds how long it is waited for whoever listens at a socket that is there already.
	knockTime = time.Second
	// emptyTime is for how long clients of a socket whose mode changes are turned away.
	emptyTime = 10 * time.Millisecond
)

// Listener is a unix socket at a path. Accept and Close may be called from any goroutine.
type Listener struct {
	*net.UnixListener
	path string
	file fs.FileInfo
}

// Listen makes the socket in a folder that is closed to others and moves it to its place, so that nobody can connect
// before it has its mode. The error wraps syscall.EADDRINUSE if somebody listens at the path.
func Listen(path string, mode fs.FileMode) (*Listener, error) {
	if err := mayReplace(path); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; make the folder, writable for the user that runs this program", err)
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	made := filepath.Join(folder, "s")
	bound, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	bound.SetUnlinkOnClose(false) // its name changes
	l := &Listener{UnixListener: bound, path: path}
	if err = os.Chmod(made, mode); err == nil {
		l.file, err = os.Lstat(made)
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		_ = bound.Close()
		return nil, err
	}
	return l, nil
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
	conn, err := net.DialTimeout("unix", path, knockTime)
	if err == nil {
		_ = conn.Close()
	}
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return fmt.Errorf("%s: %w", path, syscall.EADDRINUSE)
}

// Permit changes the mode. Clients that came before, and would not get in now, wait for nothing. Nothing may call
// Accept meanwhile.
func (l *Listener) Permit(mode fs.FileMode) error {
	if l.file.Mode().Perm() == mode || !l.isThere() {
		return nil
	}
	if err := os.Chmod(l.path, mode); err != nil {
		return err
	}
	var err error
	l.file, err = os.Lstat(l.path)
	_ = l.SetDeadline(time.Now().Add(emptyTime))
	for {
		conn, acceptErr := l.Accept()
		if acceptErr != nil {
			return err
		}
		_ = conn.Close()
	}
}

// isThere says whether the socket can be reached by its path; nobody gets in by one that was taken away.
func (l *Listener) isThere() bool {
	info, err := os.Lstat(l.path)
	return err == nil && os.SameFile(info, l.file)
}

// Addr is the path.
func (l *Listener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

// Close ends the listener and takes its socket away.
func (l *Listener) Close() error {
	err := l.UnixListener.Close()
	if l.isThere() {
		_ = os.Remove(l.path)
	}
	return err
}
