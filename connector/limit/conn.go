package limit

import (
	"container/list"
	"crypto/tls"
	"net"
	"sync/atomic"
	"time"
)

// maxPiece is how much of an answer is written under one deadline, in bytes.
const maxPiece = 64 << 10

type connKey struct{}

// conn is a connection of a bounded listener. The listener's lock guards counted and place.
type conn struct {
	net.Conn
	listener *listener
	counted  bool
	place    *list.Element // among those that wait; nil while the connection is being answered

	asked    atomic.Pointer[time.Time] // when the server began to wait for the client in that place; nil before
	released atomic.Bool               // hijacked
	until    atomic.Pointer[time.Time] // a handler's own deadline for writing
}

// below is the bounded connection under TLS, if there is any.
func below(c net.Conn) *conn {
	if secured, ok := c.(*tls.Conn); ok {
		c = secured.NetConn()
	}
	return c.(*conn)
}

// Bare is the connection itself of one that a handler has taken over from a guarded server, which bounds it no more. It
// returns any other connection as it is.
func Bare(c net.Conn) net.Conn {
	if guarded, ok := c.(*conn); ok && guarded.released.Load() {
		return guarded.Conn
	}
	return c
}

// answering says that a complete request is there, so the connection keeps its place.
func (c *conn) answering() {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	if c.place != nil {
		c.listener.waiting.Remove(c.place)
		c.listener.busy++
		c.place = nil
	}
}

// answered puts the connection at the end of those that wait for a request.
func (c *conn) answered() {
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	if c.counted && c.place == nil {
		c.listener.busy--
		c.place = c.listener.waiting.PushBack(c)
		c.asked.Store(nil)
	}
}

// grace is for how long the client is still waited for before another may take its place. A server that has no time for
// the connection does not count that against it.
func (c *conn) grace() time.Duration {
	asked := c.asked.Load()
	if asked == nil {
		return grace
	}
	return grace - time.Since(*asked)
}

// Read notes since when the server waits for the client, the first time only: a byte now and then is no request.
func (c *conn) Read(p []byte) (int, error) {
	if !c.released.Load() && c.asked.Load() == nil {
		now := time.Now()
		c.asked.Store(&now)
	}
	return c.Conn.Read(p)
}

// release leaves the connection to a handler.
func (c *conn) release() {
	c.released.Store(true)
	c.listener.mu.Lock()
	defer c.listener.mu.Unlock()
	c.listener.forget(c)
}

// Close stops counting the connection and ends it.
func (c *conn) Close() error {
	c.listener.mu.Lock()
	c.listener.forget(c)
	c.listener.mu.Unlock()
	return c.Conn.Close()
}

// CloseWrite ends the stream in this direction, so that an answer arrives although its request was not read.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// SetWriteDeadline holds besides the time for each piece.
func (c *conn) SetWriteDeadline(t time.Time) error {
	c.until.Store(&t)
	return c.Conn.SetWriteDeadline(t)
}

// Write gives the client its time for each piece.
func (c *conn) Write(p []byte) (n int, err error) {
	if c.released.Load() {
		return c.Conn.Write(p)
	}
	for n < len(p) && err == nil {
		_ = c.Conn.SetWriteDeadline(c.deadline())
		var written int
		written, err = c.Conn.Write(p[n:min(len(p), n+maxPiece)])
		n += written
	}
	return n, err
}

func (c *conn) deadline() time.Time {
	next := time.Now().Add(writeTime)
	if until := c.until.Load(); until != nil && !until.IsZero() && until.Before(next) {
		return *until
	}
	return next
}
