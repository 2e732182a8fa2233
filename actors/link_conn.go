package actors

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/socket"
)

// connection is what the actors of one connection share: the link, and its two halves. The halves are spawned when
// there is something to write, and when there is nothing more to read.
type connection struct {
	relay *shared
	gen   uint64
	link  ref[toLink]
	conn  net.Conn // set before the dial is over

	reader  onDemand[toReader]
	writer  writerRef
	ping    atomic.Pointer[[]byte] // the payload of the newest ping that has no pong yet
	blocked atomic.Bool            // the writer waits for the socket: what it gets now goes out later

	dial    atomic.Int32
	ended   latch // closed at the end of the link
	parking socket.Parking

	// The read loop's, here so that one which is parked weighs nothing.
	handshakeAt time.Time // when the first good descriptor came, zero before
	undescribed uint32    // bytes of deliveries that came before the first descriptor, as many as fit
	described   uint16    // good descriptors that have come, as many as fit
	met         bool      // the inbox knows of this connection
	told        uint32    // what others were told since the last fence, see fenceAt
}

// The states of a connection's dial. It is over either way when the link has ended.
const (
	dialUnderWay int32 = iota
	dialOver
	linkOver
)

// dialed hands the socket of a dial over; it is closed if the link has ended meanwhile.
func (c *connection) dialed(conn net.Conn) {
	c.conn = conn
	if !c.dial.CompareAndSwap(dialUnderWay, dialOver) && conn != nil {
		socket.Close(conn)
	}
}

// close closes the socket, or has the dial do so when it is over.
func (c *connection) close() {
	c.ended.close()
	c.parking.Close()
	if !c.dial.CompareAndSwap(dialUnderWay, linkOver) && c.dial.Swap(linkOver) == dialOver && c.conn != nil {
		socket.Close(c.conn)
	}
}

// pinged has the writer answer a ping. While one waits for its pong the newest takes its place (RFC 6455 §5.5.3), so
// that a connector that pings and does not read costs nothing.
func (c *connection) pinged(payload []byte) {
	if c.ping.Swap(&payload) == nil {
		c.writer.Tell(&writePong{})
	}
}

func (c *connection) root() *actor.RootContext { return c.link.root }

// latch is a channel that is closed once, and made only for a goroutine that waits for that. One goroutine may wait.
type latch struct {
	closed  atomic.Bool
	waiting atomic.Pointer[chan struct{}]
}

func (l *latch) close() {
	l.closed.Store(true)
	l.release()
}

// done returns a channel that is closed when the latch is.
func (l *latch) done() <-chan struct{} {
	ch := make(chan struct{})
	l.waiting.Store(&ch)
	if l.closed.Load() {
		l.release()
	}
	return ch
}

func (l *latch) release() {
	if ch := l.waiting.Swap(nil); ch != nil {
		close(*ch)
	}
}
