package mutual

import (
	"net"
	"slices"
	"sync"
	"time"
)

// A stranger who opens connections and says nothing must not use up the node's files.
const (
	maxHandshakes = 64
	handshakeTime = 10 * time.Second
)

// handshakes are the connections of clients that have not proved themselves, the oldest first.
type handshakes struct {
	mu   sync.Mutex
	with []net.Conn
}

// begin counts a connection until end is called, and bounds its time. At the bound the oldest is closed.
func (h *handshakes) begin(conn net.Conn) (end func()) {
	_ = conn.SetDeadline(time.Now().Add(handshakeTime))
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.with) == maxHandshakes {
		_ = h.with[0].Close()
		h.with = h.with[1:]
	}
	h.with = append(h.with, conn)
	return func() { h.end(conn) }
}

func (h *handshakes) end(conn net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if at := slices.Index(h.with, conn); at >= 0 {
		h.with = slices.Delete(h.with, at, at+1)
	}
}
