package actors

import (
	"net"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/gobwas/ws"

	"hermod/messages"
	"hermod/wire"
)

// writer owns the write half of one connection. Frames gather in a buffer while the mailbox holds more, and while a
// write is under way; then all of them go out in one write. What the socket does not take at once is written on a
// goroutine, since that may block. At the end of the connection the writer tells the registry how many requests may have
// been written.
type writer struct {
	*connection
	cfg      *config
	counters *counters

	gathered outgoing               // what waits for the next write
	acks     int                    // acknowledgements among it
	inFlight outgoing               // what the running write has; empty when none runs
	running  chan *messages.Flushed // how the running write ended; nil when none runs
	written  uint64                 // requests that are wholly on the socket
	closing  bool                   // a close frame was gathered: nothing may follow it
	closed   chan<- struct{}
	broken   error // the write that failed; nothing is written any more

	yielder yielder
}

// outgoing is bytes for the socket and the places in it where a request's frame ends.
type outgoing struct {
	bytes       []byte
	requestEnds []int
}

func (o *outgoing) add(m *messages.WriteRequests) {
	for _, end := range m.Ends {
		o.requestEnds = append(o.requestEnds, len(o.bytes)+end)
	}
	o.bytes = append(o.bytes, m.Bytes...)
}

// writerRef tells a writer its messages and counts those that it has not received yet: when none is left, what was
// gathered goes out.
type writerRef struct {
	onDemand[messages.ToWriter]
	waiting atomic.Int64
}

// Tell implements messages.Writer.
func (w *writerRef) Tell(m messages.ToWriter) {
	w.waiting.Add(1)
	w.onDemand.Tell(m)
}

// keptBuffer is the largest buffer that a writer keeps between two writes.
const keptBuffer = 4 << 10

// Receive implements actor.Actor.
func (w *writer) Receive(ctx actor.Context) {
	defer logBug(w.cfg, ctx)
	switch m := ctx.Message().(type) {
	case *actor.Started:
		return
	case *actor.Stopping, *actor.Restarting:
		w.release()
		return
	case *messages.Flushed:
		w.flushed(m)
	case messages.ToWriter:
		w.gather(m)
	default:
		warnUnknown(w.cfg, ctx)
		return
	}
	w.writer.waiting.Add(-1)
	w.flushWhenQuiet()
}

// gather appends a message's frame to what waits, or refuses it.
func (w *writer) gather(m messages.ToWriter) {
	if w.closing || w.broken != nil {
		w.refuse(m)
		return
	}
	switch m := m.(type) {
	case *messages.WriteRequests:
		w.gathered.add(m)
		w.counters.framesOut.Add(uint64(len(m.Ends)))
		releaseRequests(m)
	case *messages.WriteFrame:
		w.writeFrame(m)
	case *messages.WriteAck:
		w.text(wire.AppendInboundAck(nil, m.BufferID))
		w.counters.acks.Add(1)
		w.acks++
	case *messages.WritePing:
		w.frame(ws.OpPing, nil)
	case *messages.WritePong:
		w.frame(ws.OpPong, m.Payload)
	case *messages.WriteClose:
		w.frame(ws.OpClose, ws.NewCloseFrameBody(ws.StatusCode(m.Code), m.Reason))
		w.closing, w.closed = true, m.Done
	}
	if len(w.gathered.bytes) > w.bound() {
		w.fail(&SendError{Reason: ErrBusy, Detail: "connector does not read what is sent"})
	}
}

// bound is the most that may wait: all pending requests, and as much again for acknowledgements, pongs and interrupts.
func (w *writer) bound() int { return 2*w.cfg.MaxPendingBytes + 1<<20 }

func (w *writer) writeFrame(m *messages.WriteFrame) {
	if m.Reply != nil && len(w.gathered.bytes)+len(m.Frame) > w.cfg.MaxPendingBytes {
		m.Reply <- &SendError{Reason: ErrBusy, Detail: "connector does not read what is sent"}
		return
	}
	w.text(m.Frame)
	if m.Reply != nil {
		m.Reply <- nil
	}
}

func (w *writer) refuse(m messages.ToWriter) {
	switch m := m.(type) {
	case *messages.WriteFrame:
		if m.Reply != nil {
			m.Reply <- sendFailed("connection is closing")
		}
	case *messages.WriteClose:
		if m.Done != nil {
			close(m.Done)
		}
	}
}

func (w *writer) text(frame []byte) {
	w.frame(ws.OpText, frame)
	w.counters.framesOut.Add(1)
}

func (w *writer) frame(op ws.OpCode, payload []byte) {
	w.gathered.bytes = appendClientFrame(w.gathered.bytes, op, payload)
}

// flushWhenQuiet starts a write when nothing more is about to come. While many deliveries wait it yields once, so that
// the acknowledgements of those that are just being settled share the system call; the registry does so for requests.
func (w *writer) flushWhenQuiet() {
	if w.running != nil || len(w.gathered.bytes) == 0 || w.broken != nil || w.writer.waiting.Load() > 0 {
		return
	}
	if w.acks > 0 && w.counters.queued.Load() > 2 && w.yielder.yield() && w.writer.waiting.Load() > 0 {
		return
	}
	w.acks = 0
	w.flush()
}

func (w *writer) flush() {
	w.gathered, w.inFlight = outgoing{bytes: w.inFlight.bytes[:0], requestEnds: w.inFlight.requestEnds[:0]}, w.gathered
	taken := tryWrite(w.conn, w.inFlight.bytes)
	if taken == len(w.inFlight.bytes) {
		w.flushed(&messages.Flushed{Bytes: taken})
		return
	}
	w.running = make(chan *messages.Flushed, 1)
	go writeOut(w.conn, w.inFlight.bytes, taken, w.cfg.WriteTimeout, w.running, &w.writer)
}

// writeOut writes what is left behind the first taken bytes.
func writeOut(conn net.Conn, data []byte, taken int, timeout time.Duration, running chan<- *messages.Flushed, to *writerRef) {
	_ = conn.SetWriteDeadline(time.Now().Add(timeout))
	n, err := conn.Write(data[taken:])
	_ = conn.SetWriteDeadline(time.Time{}) // an old deadline would fail the next attempt to write without waiting
	m := &messages.Flushed{Bytes: taken + n, Err: err}
	running <- m
	to.Tell(m)
}

func (w *writer) flushed(m *messages.Flushed) {
	w.running = nil
	w.counters.writes.Add(1)
	w.counters.bytesOut.Add(uint64(m.Bytes))
	w.written += w.inFlight.within(m.Bytes)
	w.inFlight.reset()
	if m.Err != nil {
		w.fail(m.Err)
	}
	if w.closed != nil && (len(w.gathered.bytes) == 0 || w.broken != nil) {
		close(w.closed)
		w.closed = nil
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
	w.link.Tell(&messages.WriteFailed{Err: err})
}

// release ends the write half, and says how much was written. A write that still runs ends soon, since the link has closed
// the socket; only then is that known.
func (w *writer) release() {
	if w.closed != nil {
		close(w.closed)
		w.closed = nil
	}
	lost := &messages.LinkLost{Generation: w.gen, Written: w.written, Err: w.broken}
	w.broken = net.ErrClosed
	if w.running == nil {
		w.report(lost)
		return
	}
	go func(running <-chan *messages.Flushed) {
		m := <-running
		lost.Written += w.inFlight.within(m.Bytes)
		w.report(lost)
	}(w.running)
	w.running = nil
}

func (w *writer) report(lost *messages.LinkLost) {
	w.relay.lost(lost)
}
