package actors

import (
	"errors"
	"io"
	"math"
	"runtime/debug"

	"hermod/actors/internal/socket"
	"hermod/supervisor"
	"hermod/wire"
)

// readLoop reads one connection on a goroutine of its own: socket → WebSocket → lines → the actor that owns each kind
// of frame. What one read brings travels as one message per actor. It never runs user code and never waits for an
// actor, but for back-pressure: while others have too much to do it does not read. While the socket is silent it is
// parked at the engine's poller, without a goroutine.
type readLoop struct {
	*connection
	cfg      *config
	counters *counters
	from     socket.Source
	early    []byte // came with the upgrade's answer

	parser     socket.Parser
	splitter   *wire.LineBuffer
	emit       func([]byte) // route
	deliveries batching
	results    *lines // nil when there are none
	fencing    fencing
	drained    bool // the last read took all that there was
	woken      int  // callers whose results it brought
	brief      bool // what woke it may have been all: if that is deliveries, which have bounds, it parks after them
}

// startReading begins to read a connection. It tells an inbox that is there already of the connection.
func startReading(c *connection, early []byte) {
	l := newReadLoop(c, early)
	if l.relay.inbox.pid.Load() != nil {
		l.meetInbox()
	}
	l.read()
}

// Wake implements socket.Waker: a loop that was parked inside a line goes on.
func (l *readLoop) Wake() { l.read() }

// read reads until it cannot, and reports why; or until it is parked, when Wake goes on.
func (l *readLoop) read() {
	err := l.readGuarded()
	if err == errLeft {
		l.giveBack()
		return
	}
	if errors.Is(err, socket.ErrParked) {
		return // another goroutine may have it
	}
	if l.described == 0 {
		l.relay.inbox.TellIfThere(&handshakeFailed{generation: l.gen})
	}
	l.reader.Tell(&readEnded{err: err, handshakeAt: l.handshakeAt.time()})
}

// readGuarded keeps a bug in reading from ending the process: it ends the link instead, as a bug in an actor does.
func (l *readLoop) readGuarded() (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			l.cfg.log().Error("reader panicked", "gen", l.gen, "reason", reason, "stack", string(debug.Stack()))
			err = &supervisor.BugError{Reason: reason}
		}
	}()
	return l.readAll()
}

func (l *readLoop) readAll() error {
	if len(l.early) > 0 {
		early := l.early
		l.early = nil
		if err := l.take(early); err != nil {
			return err
		}
	}
	if l.brief {
		l.from.Brief()
	} else {
		l.from.Watch()
	}
	for {
		l.letCallersGo()
		err := l.readOnce()
		if err == socket.ErrQuiet {
			err = l.park()
		}
		if err != nil {
			return err
		}
		l.awaitFence()
		if err := l.holdBack(); err != nil {
			return err
		}
		if l.brief && l.fencing != (fencing{}) {
			l.brief = false
			l.from.Watch()
		}
	}
}

func (l *readLoop) readOnce() error {
	data, err := l.from.Read()
	if err == socket.ErrQuiet {
		return err
	}
	defer l.from.Release()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return &supervisor.LostError{Op: "read", Err: err}
	}
	l.counters.Reads.Add(1)
	l.drained = len(data) < socket.ReadSize
	return l.take(data)
}

// take parses the bytes of one read and sends on what they hold.
func (l *readLoop) take(data []byte) error {
	l.counters.BytesIn.Add(uint64(len(data)))
	l.deliveries.begin(len(data))
	err := l.parser.Feed(data, l)
	l.sendOn()
	if err == nil {
		return nil
	}
	var violation *socket.ProtocolError
	if errors.As(err, &violation) {
		err = &supervisor.LostError{Op: "read", Err: violation}
	}
	return err
}

func (l *readLoop) sendOn() {
	if batch := l.deliveries.take(); batch != nil {
		batch.generation = l.gen
		l.counters.queued.Add(int64(len(batch.frames)))
		l.relay.charge(int64(batch.size()))
		if l.described == 0 {
			l.undescribed = uint32(min(int64(l.undescribed)+int64(batch.size()), math.MaxUint32))
		}
		l.meetInbox().Tell(batch)
	}
	if lines := l.results; lines != nil {
		l.results, l.woken = nil, len(lines.ends)
		l.fencing.told(lines.size())
		l.relay.registry.Tell(&resultsRead{generation: l.gen, lines: lines})
	}
}

// meetInbox tells the inbox of this connection, before anything that came over it.
func (l *readLoop) meetInbox() *onDemand[toInbox] {
	if !l.met {
		l.met = true
		l.relay.inbox.Tell(&readingBegun{writer: &l.writer})
	}
	return &l.relay.inbox
}
