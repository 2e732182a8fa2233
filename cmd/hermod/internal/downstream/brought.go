package downstream

import (
	"net"
	"sync"
)

// maxBrought bounds the connections that wait to be served; further ones are refused.
const maxBrought = 256

// brought is a listener for connections that were accepted elsewhere.
type brought struct {
	waiting chan net.Conn
	over    chan struct{}

	mu     sync.Mutex
	closed bool
}

func newBrought() *brought {
	return &brought{waiting: make(chan net.Conn, maxBrought), over: make(chan struct{})}
}

// bring says whether there is room for the connection, which is closed otherwise.
func (b *brought) bring(conn net.Conn) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		select {
		case b.waiting <- conn:
			return true
		default:
		}
	}
	_ = conn.Close()
	return false
}

// Accept implements net.Listener.
func (b *brought) Accept() (net.Conn, error) {
	select {
	case conn := <-b.waiting:
		return conn, nil
	case <-b.over:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener. What waits is closed.
func (b *brought) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.closed = true
	close(b.over)
	for len(b.waiting) > 0 {
		select {
		case conn := <-b.waiting:
			_ = conn.Close()
		default: // it was accepted meanwhile
		}
	}
	return nil
}

// Addr implements net.Listener.
func (b *brought) Addr() net.Addr { return address("the cluster's nodes") }

// named is a connection from an address that the kernel does not know.
type named struct {
	net.Conn
	from string
}

// RemoteAddr is where the gateway dialled from.
func (n named) RemoteAddr() net.Addr { return address(n.from) }

type address string

func (address) Network() string  { return "tcp" }
func (a address) String() string { return string(a) }
