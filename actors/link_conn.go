package actors

import (
	"net"
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/socket"
	"hermod/actors/passive"
)

// connection is what the actors of one connection share: the link, and its two halves. The halves are spawned when
// there is something to write, and when there is nothing more to read.
type connection struct {
	relay *shared
	gen   uint64
	link  passive.Ref[toLink, linkOf]
	conn  net.Conn // set before the dial is over

	reader   onDemand[toReader]
	writer   writerRef
	ping     atomic.Pointer[[]byte] // the payload of the newest ping that has no pong yet
	blocked  atomic.Bool            // the writer waits for the socket: what it gets now goes out later
	paused   atomic.Bool            // the reader does not read, so no pong can be seen
	pingSent atomic.Int64           // the oldest ping without a pong, as sinceStart has it; 0 when there is none
	pingAt   int32                  // the pinger's: its place there, from 1

	dial  atomic.Int32
	ended latch // closed at the end of the link

	// The read loop's, here so that one which is parked weighs nothing. What each turn needs is side by side.
	handshakeAt moment // when the first good descriptor came, zero before
	parking     socket.Parking
	undescribed uint32 // bytes of deliveries that came before the first descriptor, as many as fit
	described   uint16 // good descriptors that have come, as many as fit
	met         bool   // the inbox knows of this connection
	rested      bool   // the link's: it was active before, and has nothing to begin
	told        uint32 // what others were told since the last fence, see fenceAt
}

// writeFirst writes frames at once while there is no writer, and says whether there was none. What the socket does not
// take is the first that a writer gets.
func (c *connection) writeFirst(frames []byte) bool {
	if !c.writer.claim() {
		return false
	}
	taken := socket.TryWrite(c.conn, frames)
	if taken > 0 {
		c.relay.counters.Writes.Add(1)
		c.relay.counters.BytesOut.Add(uint64(taken))
	}
	if taken == len(frames) {
		c.writer.unclaim()
		return true
	}
	c.writer.spawn(&writeRequests{bytes: frames[taken:]})
	return true
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

func (c *connection) root() *actor.RootContext { return c.relay.tree }

// latch is a signal under the names that a read loop uses.
type latch struct{ passive.Signal }

func (l *latch) close() { l.Give() }

// done returns a channel that is closed when the latch is.
func (l *latch) done() <-chan struct{} { return l.Channel() }
