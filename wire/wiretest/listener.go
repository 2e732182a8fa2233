package wiretest

import (
	"context"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
)

// Listener is a net.Listener in memory, for a server under test that is to
// work in virtual time: its Dial gives the other ends of what it accepts. Its
// methods are safe for concurrent use.
type Listener struct {
	addr     memoryAddr
	arriving chan net.Conn
	closed   chan struct{}
	close    func()
}

var lastPort atomic.Int64

// NewListener returns a listener with an address of its own, memory:N. Create
// it inside the bubble when the test runs in one.
func NewListener() *Listener {
	l := &Listener{
		addr:     memoryAddr(fmt.Sprint("memory:", lastPort.Add(1))),
		arriving: make(chan net.Conn),
		closed:   make(chan struct{}),
	}
	l.close = sync.OnceFunc(func() { close(l.closed) })
	return l
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case conn := <-l.arriving:
		return conn, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; accepted connections stay open.
func (l *Listener) Close() error {
	l.close()
	return nil
}

// Addr implements net.Listener.
func (l *Listener) Addr() net.Addr { return l.addr }

// Dial waits until the connection, a Pipe of DefaultBuffer, is accepted,
// whatever the address. It has the form of net.Dialer.DialContext.
func (l *Listener) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := Pipe(0)
	select {
	case l.arriving <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
