package connector

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"hermod/wire"
)

const (
	// unixPrefix begins the address of a unix socket.
	unixPrefix = "unix:"
	// socketMode lets the socket's owner and group connect.
	socketMode = 0o660
	// knockTime bounds how long it is waited for whoever listens at a socket that is there already.
	knockTime = time.Second
)

// listen validates the configuration and returns its listener.
func (c *Config) listen() (ln net.Listener, err error) {
	defer func() {
		if err != nil && ln != nil {
			_ = ln.Close()
		}
	}()
	ln = c.Listener
	if err := c.Validate(); err != nil {
		return ln, err
	}
	if ln == nil {
		if ln, err = bind(cmp.Or(c.Listen, "127.0.0.1:0")); err != nil {
			return nil, listenError(err)
		}
	}
	if c.Dev && !isLocal(ln.Addr()) {
		return ln, &wire.ConfigError{Field: "Dev", Reason: fmt.Sprintf(
			"the control API needs a loopback listener or a unix socket, %s is neither; listen on 127.0.0.1", ln.Addr())}
	}
	return ln, nil
}

func bind(address string) (net.Listener, error) {
	if path, ok := strings.CutPrefix(address, unixPrefix); ok {
		return bindUnix(path)
	}
	return net.Listen("tcp", address)
}

func isLocal(addr net.Addr) bool {
	tcp, ok := addr.(*net.TCPAddr)
	return ok && tcp.IP.IsLoopback() || addr.Network() == "unix"
}

func listenError(err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("connector: listening: %w; end the program that listens there, or listen on another port or path", err)
	}
	return fmt.Errorf("connector: listening: %w", err)
}

// unixListener is a unix socket at a path.
type unixListener struct {
	*net.UnixListener
	path string
	file fs.FileInfo
}

// bindUnix makes the socket in a folder that is closed to others and moves it to its place, so that nobody connects
// before it has its mode, and what a dead process left is replaced in one step.
func bindUnix(path string) (net.Listener, error) {
	if err := mayReplace(path); err != nil {
		return nil, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), ".s")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	made := filepath.Join(folder, "s")
	ln, err := net.ListenUnix("unix", &net.UnixAddr{Name: made, Net: "unix"})
	if err != nil {
		return nil, err
	}
	ln.SetUnlinkOnClose(false) // its name changes
	l := &unixListener{UnixListener: ln, path: path}
	if err = os.Chmod(made, socketMode); err == nil {
		l.file, err = os.Lstat(made)
	}
	if err == nil {
		err = os.Rename(made, path)
	}
	if err != nil {
		_ = ln.Close()
		return nil, err
	}
	return l, nil
}

// mayReplace says why the path cannot be taken: somebody listens there, or it is no socket.
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

// Addr is the path.
func (l *unixListener) Addr() net.Addr { return &net.UnixAddr{Name: l.path, Net: "unix"} }

// Close takes the socket away, unless another took its place.
func (l *unixListener) Close() error {
	err := l.UnixListener.Close()
	if info, failed := os.Lstat(l.path); failed == nil && os.SameFile(info, l.file) {
		_ = os.Remove(l.path)
	}
	return err
}

// Addr is where the connector listens: host:port, or unix: and a path.
func (c *Connector) Addr() string {
	if addr := c.ln.Addr(); addr.Network() != "unix" {
		return addr.String()
	}
	return unixPrefix + c.ln.Addr().String()
}

// URL is what a gateway on this machine dials, ws://host:port/relay, or wss with Config.TLS. At a unix socket the host
// is localhost, for whatever stands before it.
func (c *Connector) URL() string {
	scheme := "ws://"
	if c.cfg.TLS != nil {
		scheme = "wss://"
	}
	if c.ln.Addr().Network() == "unix" {
		return scheme + "localhost/relay"
	}
	host, port, _ := net.SplitHostPort(c.Addr())
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + net.JoinHostPort(host, port) + "/relay"
}
