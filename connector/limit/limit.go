package limit

import (
	"container/list"
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// What a client may take; see the package documentation.
const (
	headTime  = 10 * time.Second
	bodyTime  = 30 * time.Second
	writeTime = 30 * time.Second
	idleTime  = time.Minute
	maxHead   = 64 << 10 // bytes
	// grace is how long a client may be waited for before it loses its place, and a new one wait for a place.
	grace = 500 * time.Millisecond
	// drainTime and maxDrain are what a body that nobody read may take after the answer, before its connection is closed.
	drainTime = time.Second
	maxDrain  = 256 << 10 // bytes
)

// listener is a bounded listener.
type listener struct {
	net.Listener
	most int

	mu      sync.Mutex
	waiting list.List // of *conn without a complete request, the longest first
	busy    int       // connections that are being answered

	room chan struct{} // a connection has ended
}

// Guard bounds the server, and returns the listener that it has to serve: ln with at most that many connections at a
// time. Call it once for each server, after its Handler was set and before it serves, with or without TLS. The server's
// deadlines, ConnState, ConnContext and Protocols are the package's; a deadline that a handler sets for one request
// holds besides.
func Guard(server *http.Server, ln net.Listener, most int) net.Listener {
	l := &listener{Listener: ln, most: most, room: make(chan struct{}, 1)}
	server.ReadHeaderTimeout, server.ReadTimeout, server.IdleTimeout = headTime, bodyTime, idleTime
	server.MaxHeaderBytes = maxHead
	server.Handler = handler(server.Handler)
	server.Protocols = new(http.Protocols)
	server.Protocols.SetHTTP1(true) // of HTTP/2 a connection is many requests, and this package counts by connections
	server.ConnContext = func(ctx context.Context, c net.Conn) context.Context {
		return context.WithValue(ctx, connKey{}, below(c))
	}
	server.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateHijacked {
			below(c).release()
		}
	}
	return l
}

// Kept says how many connections a listener that Guard returned has; 0 for any other.
func Kept(ln net.Listener) int {
	l, ok := ln.(*listener)
	if !ok {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.waiting.Len() + l.busy
}

// Accept returns the next connection that there is room for. While it waits for room, clients wait in the system's
// queue.
func (l *listener) Accept() (net.Conn, error) {
	for {
		raw, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		for late := time.Now().Add(grace); ; {
			c, next := l.admit(raw)
			if c != nil {
				return c, nil
			}
			patience := min(next, time.Until(late))
			if patience <= 0 {
				break // every other connection is in use
			}
			l.awaitRoom(patience)
		}
		_ = raw.Close()
	}
}

// awaitRoom returns when a connection has ended, or after that time.
func (l *listener) awaitRoom(patience time.Duration) {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-l.room:
	case <-timer.C:
	}
}

// admit counts a connection if there is room, or makes room by closing the one that waits for the longest time. It
// returns nil if none has waited for the grace, and after what time the first will have.
func (l *listener) admit(raw net.Conn) (*conn, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.waiting.Len()+l.busy >= l.most {
		oldest := l.waiting.Front()
		if oldest == nil {
			return nil, grace
		}
		out := oldest.Value.(*conn)
		if left := out.grace(); left > 0 {
			return nil, left
		}
		l.forget(out)
		_ = out.Conn.Close()
	}
	c := &conn{Conn: raw, listener: l, counted: true}
	c.place = l.waiting.PushBack(c)
	return c, 0
}

// forget stops counting a connection. The caller holds the lock.
func (l *listener) forget(c *conn) {
	switch {
	case !c.counted:
		return
	case c.place != nil:
		l.waiting.Remove(c.place)
		c.place = nil
	default:
		l.busy--
	}
	c.counted = false
	select {
	case l.room <- struct{}{}:
	default:
	}
}
