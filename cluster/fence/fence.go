package fence

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"
)

// ErrClosed says that the node does not hold a lease that is certain to go on.
var ErrClosed = errors.New("this node's lease is not certain any more, so it opens no connection")

// look is how often the fence looks at the clock.
const look = 50 * time.Millisecond

// Fence is closed at first. Its methods may be called from any goroutine.
type Fence struct {
	now   func() time.Duration
	dial  func(ctx context.Context, network, addr string) (net.Conn, error)
	until atomic.Int64 // by now; 0 is closed
	turn  atomic.Int64 // counts how often it was closed
	links links
}

// New returns a closed fence that opens connections with dial; nil is a net.Dialer.
func New(dial func(ctx context.Context, network, addr string) (net.Conn, error)) *Fence {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return &Fence{now: Now, dial: dial}
}

// Extend opens the fence until a moment of Now, or lets it stay open until then. An earlier moment than before changes
// nothing. It is false for a moment that has passed: the fence stays as it is.
func (f *Fence) Extend(until time.Duration) bool {
	if f.now() >= until {
		return false
	}
	for {
		before := f.until.Load()
		if int64(until) <= before || f.until.CompareAndSwap(before, int64(until)) {
			return true
		}
	}
}

// Open says whether the node may act. It is asked right before each outward effect.
func (f *Fence) Open() bool { return f.now() < time.Duration(f.until.Load()) }

// Close closes the fence and shuts down every connection that came from it. When it returns none of them carries
// anything any more.
func (f *Fence) Close() {
	f.until.Store(0)
	f.turn.Add(1)
	f.links.shutdown()
}

// Watch looks at the clock until ctx ends, then closes the fence. Whenever the time is up it closes it as well, and
// calls closed.
func (f *Fence) Watch(ctx context.Context, closed func()) {
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			f.Close()
			return
		case <-ticker.C:
			if until := f.until.Load(); until != 0 && f.now() >= time.Duration(until) {
				f.Close()
				closed()
			}
		}
	}
}

// Dial opens a connection that does not outlive the fence's being open. The error is ErrClosed, or the dialer's.
func (f *Fence) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	turn := f.turn.Load()
	if !f.Open() {
		return nil, ErrClosed
	}
	conn, err := f.dial(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	socket, ok := conn.(*net.TCPConn)
	if !ok {
		_ = conn.Close()
		return nil, fmt.Errorf("a %T cannot be shut down from outside; use TCP", conn)
	}
	f.links.add(socket)
	if !f.Open() || f.turn.Load() != turn { // the time ended during the dial, even if there is another lease by now
		shutdown(socket)
		_ = socket.Close()
		return nil, ErrClosed
	}
	return socket, nil
}
