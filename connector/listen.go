package connector

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"

	"hermod/connector/unixsocket"
	"hermod/wire"
)

const (
	// unixPrefix begins the address of a unix socket.
	unixPrefix = "unix:"
	// socketMode lets the socket's owner and group connect.
	socketMode = 0o660
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
		return unixsocket.Listen(path, socketMode)
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
