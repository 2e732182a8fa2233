package actors

import (
	"net"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/gobwas/ws"

	"hermod/actors/internal/socket"
	"hermod/supervisor"
)

// writer owns the write half of one connection. Frames gather in a buffer while the mailbox holds more, and while a
// write is under way; then all of them go out in one write. What the socket does not take at once is written on a
// goroutine, since that may block. At the end of the connection the writer tells the registry how many requests may
// have been written.
type writer struct {
	*connection
	cfg      *config
	counters *counters

	gathered outgoing      // what waits for the next write
	acks     int           // acknowledgements among it
	scratch  []byte        // for one of them
	pong     bool          // the connection has a ping to answer, with the next write
	inFlight outgoing      // what the running write has; empty when none runs
	flushing chan *flushed // how the running write ended; nil when none runs
	written  uint64        // requests that are wholly on the socket
	closing  bool          // a close frame was gathered: nothing may follow it
	broken   error         // the write that failed; nothing is written any more

	yielder yielder
	box     *gathering
}

// writerOf spawns a connection's writer at the first thing to write.
type writerOf struct{ *connection }

func (c writerOf) spawn() *actor.PID {
	parent := c.link.Hold()
	if parent == nil {
		return nil
	}
	box := newGathering()
	return spawnUnder(c.relay.tree, parent, actor.PropsFromProducer(func() actor.Actor {
		return &writer{connection: c.connection, cfg: &c.relay.cfg, counters: &c.relay.counters, box: box}
	}, actor.WithMailbox(box.Producer())))
}

func (writerOf) welcome(*actor.PID) {}

// outgoing is bytes for the socket and the places in it where a request's frame ends.
type outgoing struct {
	bytes       []byte
	requestEnds []int
}

func (o *outgoing) add(m *writeRequests) {
	for _, end := range m.ends {
		o.requestEnds = append(o.requestEnds, len(o.bytes)+end)
	}
	o.bytes = append(o.bytes, m.bytes...)
}

// keptBuffer is the largest buffer that a writer keeps between two writes.
const keptBuffer = 4 << 10

// Receive implements actor.Actor.
func (w *writer) Receive(ctx actor.Context) {
	defer supervisor.LogBug(w.cfg.log, ctx)
	switch ctx.Message().(type) {
	case *actor.Started:
		return
	case *actor.Stopping, *actor.Restarting:
		w.release()
		return
	}
	w.gatherAcks()
	switch m := ctx.Message().(type) {
	case *acksArrived: // they are gathered
	case *flushed:
		w.flushed(m)
	case *fence:
		m.pass()
	case toWriter:
		w.gather(m)
	default:
		supervisor.WarnUnknown(w.cfg.log, ctx)
		return
	}
	w.flushWhenQuiet()
}

// gather appends a message's frame to what waits, or refuses it.
func (w *writer) gather(m toWriter) {
	if w.closing || w.broken != nil {
		w.refuse(m)
		return
	}
	switch m := m.(type) {
	case *writeRequests:
		w.gathered.add(m)
		w.counters.FramesOut.Add(uint64(len(m.ends)))
		releaseRequests(m)
	case *writeFrame:
		w.text(m.frame)
	case *writeInterrupt:
		w.gatherInterrupt(m)
	case *writePing:
		w.frame(ws.OpPing, nil)
	case *writePong:
		w.pong = true
	case *writeClose:
		w.gatherPong()
		w.frame(ws.OpClose, ws.NewCloseFrameBody(ws.StatusCode(m.code), m.reason))
		w.closing = true
	}
	w.judgeBound()
}

func (w *writer) judgeBound() {
	if len(w.gathered.bytes) > w.bound() {
		w.fail(&SendError{Reason: ErrBusy, Detail: "connector does not read what is sent"})
	}
}

// bound is the most that may wait: all pending requests, and as much again for acknowledgements, pongs and interrupts.
func (w *writer) bound() int { return 2*w.cfg.MaxPendingBytes + 1<<20 }

// gatherPong appends the pong as late as possible: until then a newer ping may take the place of the older one.
func (w *writer) gatherPong() {
	if !w.pong {
		return
	}
	w.pong = false
	w.frame(ws.OpPong, *w.ping.Swap(nil))
}

func (w *writer) gatherInterrupt(m *writeInterrupt) {
	if len(w.gathered.bytes)+len(m.frame) > w.cfg.MaxPendingBytes {
		w.answerInterrupt(&SendError{Reason: ErrBusy, Detail: "connector does not read what is sent"})
		return
	}
	w.text(m.frame)
	w.answerInterrupt(nil)
}

func (w *writer) answerInterrupt(err error) {
	w.relay.registry.TellIfThere(&interruptGathered{generation: w.gen, err: err})
}

func (w *writer) refuse(m toWriter) {
	switch m.(type) {
	case *writeInterrupt:
		w.answerInterrupt(sendFailed("connection is closing"))
	case *writeClose:
		w.reader.TellIfThere(&closeWritten{})
	}
}

func (w *writer) text(frame []byte) {
	w.frame(ws.OpText, frame)
	w.counters.FramesOut.Add(1)
}

func (w *writer) frame(op ws.OpCode, payload []byte) {
	w.gathered.bytes = socket.AppendFrame(w.gathered.bytes, op, payload)
}

// waits says that there is another message.
func (w *writer) waits() bool { return w.box.UserMessageCount() > 0 }

// flushWhenQuiet starts a write when nothing more is about to come. While many deliveries wait it yields once, so that
// the acknowledgements of those that are just being settled share the system call; the registry does so for requests.
func (w *writer) flushWhenQuiet() {
	if w.flushing != nil || len(w.gathered.bytes) == 0 && !w.pong || w.broken != nil || w.waits() {
		return
	}
	if w.acks > 0 && w.counters.queued.Load() > 2 && w.yielder.yield() && w.waits() {
		return
	}
	w.acks = 0
	w.gatherPong()
	w.flush()
}

func (w *writer) flush() {
	w.gathered, w.inFlight = outgoing{bytes: w.inFlight.bytes[:0], requestEnds: w.inFlight.requestEnds[:0]}, w.gathered
	taken := socket.TryWrite(w.conn, w.inFlight.bytes)
	if taken == len(w.inFlight.bytes) {
		w.flushed(&flushed{bytes: taken})
		return
	}
	w.blocked.Store(true)
	w.flushing = make(chan *flushed, 1)
	go writeOut(w.conn, w.inFlight.bytes, taken, w.cfg.WriteTimeout, w.flushing, &w.writer)
}

// writeOut writes what is left behind the first taken bytes.
func writeOut(conn net.Conn, data []byte, taken int, timeout time.Duration, ended chan<- *flushed, to *writerRef) {
	n, err := socket.WriteSteadily(conn, data[taken:], timeout)
	m := &flushed{bytes: taken + n, err: err}
	ended <- m
	to.Tell(m)
}

func (w *writer) flushed(m *flushed) {
	w.flushing = nil
	w.blocked.Store(false)
	w.counters.Writes.Add(1)
	w.counters.BytesOut.Add(uint64(m.bytes))
	w.written += w.inFlight.within(m.bytes)
	w.inFlight.reset()
	if m.err != nil {
		w.fail(m.err)
	}
	if w.closing && (len(w.gathered.bytes) == 0 || w.broken != nil) {
		w.reader.TellIfThere(&closeWritten{})
	}
}

// within counts the requests that lie wholly in the first n bytes: a frame without its end was never a frame.
func (o *outgoing) within(n int) (count uint64) {
	for _, end := range o.requestEnds {
		if end <= n {
			count++
		}
	}
	return count
}

func (o *outgoing) reset() {
	if cap(o.bytes) > keptBuffer {
		o.bytes, o.requestEnds = nil, nil
	}
	o.bytes, o.requestEnds = o.bytes[:0], o.requestEnds[:0]
}

func (w *writer) fail(err error) {
	w.broken = err
	w.gathered = outgoing{}
	w.link.Tell(&writeFailed{err: err})
}

// release ends the write half, and says how much was written. A write that still runs ends soon, since the link has
// closed the socket; only then is that known.
func (w *writer) release() {
	lost := &linkLost{generation: w.gen, written: w.written, err: w.broken}
	w.broken = net.ErrClosed
	if w.flushing == nil {
		w.report(lost)
		return
	}
	go func(ended <-chan *flushed) {
		m := <-ended
		lost.written += w.inFlight.within(m.bytes)
		w.report(lost)
	}(w.flushing)
	w.flushing = nil
}

func (w *writer) report(lost *linkLost) {
	w.relay.lost(lost)
}
