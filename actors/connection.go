package actors

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
)

// connection is what the actors of one connection share: the link, its two halves and the pump. The halves are spawned
// when there is something to write, and when there is nothing more to read.
type connection struct {
	relay *Relay
	gen   uint64
	link  ref[messages.ToLink]
	conn  net.Conn // set before the dial is over

	reader onDemand[messages.ToReader]
	writer writerRef

	state   atomic.Int32
	over    latch // closed at the end of the link
	parking parking

	opened    time.Time // the pump's: when the first good descriptor was seen
	malformed uint64    // the pump's: frames that could not be used
	met       bool      // the pump's: the inbox knows of this connection
}

// The states of a connection's dial. It is over either way when the link has ended.
const (
	dialUnderWay int32 = iota
	dialOver
	linkOver
)

func newConnection(relay *Relay, gen uint64, link ref[messages.ToLink]) *connection {
	c := &connection{relay: relay, gen: gen, link: link}
	c.reader.kind, c.writer.kind = readerOf{c}, writerOf{c}
	return c
}

// dialed hands the socket of a dial over; it is closed if the link has ended meanwhile.
func (c *connection) dialed(conn net.Conn) {
	c.conn = conn
	if !c.state.CompareAndSwap(dialUnderWay, dialOver) && conn != nil {
		closeSocket(conn)
	}
}

// close closes the socket, or has the dial do so when it is over.
func (c *connection) close() {
	c.over.close()
	c.leavePoller()
	if !c.state.CompareAndSwap(dialUnderWay, linkOver) && c.state.Swap(linkOver) == dialOver && c.conn != nil {
		closeSocket(c.conn)
	}
}

// closeSocket closes a connection at once: closing the TLS layer may block in a write.
func closeSocket(conn net.Conn) {
	if layer, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = layer.NetConn()
	}
	_ = conn.Close()
}

func (c *connection) root() *actor.RootContext { return c.link.root }

// readerOf and writerOf spawn the halves of a connection.
type (
	readerOf struct{ *connection }
	writerOf struct{ *connection }
)

func (c readerOf) spawn() *actor.PID {
	return spawnUnder(c.link.root, c.link.pid, actor.PropsFromProducer(func() actor.Actor { return &reader{cfg: c.relay.cfg} }))
}

func (c readerOf) welcome(*actor.PID) {}

func (c writerOf) spawn() *actor.PID {
	return spawnUnder(c.link.root, c.link.pid, actor.PropsFromProducer(func() actor.Actor {
		return &writer{connection: c.connection, cfg: c.relay.cfg, counters: c.relay.counters}
	}))
}

func (c writerOf) welcome(*actor.PID) {}
