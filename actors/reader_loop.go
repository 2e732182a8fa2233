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
// actor, but for back-pressure: while others have too much to do it does not read. A socket that is silent, or brings
// little, is at the engine's poller, without a goroutine; then the loop has a turn each time that something comes.
type readLoop struct {
	*connection
	cfg      *config
	counters *counters
	from     socket.Source

	parser     socket.Parser
	splitter   wire.LineBuffer
	emit       func([]byte) // route
	deliveries batching
	results    *lines // nil when there are none
	fence      *fence // the last, nil when it has passed
	drained    bool   // the last read took all that there was
	woken      int    // callers whose results it brought
	calm       int    // reads in a row that brought little
	by         *turn  // nil on a goroutine of its own
	yielder    yielder
}

// startReading begins to read a connection, with what came together with the upgrade's answer. It tells an inbox that
// is there already of the connection.
func startReading(c *connection, early []byte) {
	l := newReadLoop(c)
	if l.relay.inbox.pid.Load() != nil {
		l.meetInbox()
	}
	l.run(func() error {
		if err := l.take(early); err != nil {
			return err
		}
		l.from.Brief(true) // TLS may have read more ahead
		return l.readOn()
	})
}

// Wake implements socket.Waker: a loop that was parked inside a line goes on.
func (l *readLoop) Wake() { l.read() }

// read reads until it cannot, and reports why; or until it is parked, when a turn goes on.
func (l *readLoop) read() { l.run(l.readAll) }

func (l *readLoop) run(read func() error) {
	switch err := l.guard(read); {
	case err == errLeft:
		l.giveBack()
	case !errors.Is(err, socket.ErrParked): // else another goroutine may have it
		l.end(err)
	}
}

// end reports why nothing more can be read.
func (l *readLoop) end(err error) {
	if l.described == 0 {
		l.relay.inbox.TellIfThere(&handshakeFailed{generation: l.gen})
	}
	l.reader.Tell(&readEnded{err: err, handshakeAt: l.handshakeAt.time()})
}

// guard keeps a bug in reading from ending the process: it ends the link instead, as a bug in an actor does.
func (l *readLoop) guard(read func() error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			l.cfg.log().Error("reader panicked", "gen", l.gen, "reason", reason, "stack", string(debug.Stack()))
			err = &supervisor.BugError{Reason: reason}
		}
	}()
	return read()
}

func (l *readLoop) readAll() error {
	l.from.Watch()
	return l.readOn()
}

// readOn reads until the source is quiet, and then on if it cannot be parked.
func (l *readLoop) readOn() error {
	for {
		l.letCallersGo()
		l.awaitFence()
		if err := l.holdBack(); err != nil {
			return err
		}
		n, err := l.readOnce()
		switch {
		case err == socket.ErrQuiet:
			err = l.park()
		case err == nil && l.calms(n):
			l.from.Brief(true) // so that it is quiet when TLS has nothing left, either
		}
		if err != nil {
			return err
		}
	}
}

// calmReads in a row that bring less than calmBytes each, and no results, show that a connection is not busy any more.
const (
	calmReads = 8
	calmBytes = 16 << 10
)

// calms says that the connection needs no goroutine of its own any more.
func (l *readLoop) calms(n int) bool {
	if l.calm++; n >= calmBytes || l.woken > 0 {
		l.calm = 0
	}
	return l.calm >= calmReads
}

func (l *readLoop) readOnce() (n int, err error) {
	data, err := l.from.Read()
	if err == socket.ErrQuiet {
		return 0, err
	}
	defer l.from.Release()
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return 0, &supervisor.LostError{Op: "read", Err: err}
	}
	l.counters.Reads.Add(1)
	l.drained = len(data) < socket.ReadSize
	return len(data), l.take(data)
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
		batch.generation, batch.by = l.gen, l.by
		l.counters.queued.Add(int32(len(batch.frames)))
		l.relay.charge(int64(batch.size()))
		if l.described == 0 {
			l.undescribed = uint32(min(int64(l.undescribed)+int64(batch.size()), math.MaxUint32))
		}
		l.meetInbox()
		if box := l.relay.box.Load(); box != nil { // else the relay is stopping
			box.PostUserMessage(batch)
		}
	}
	if lines := l.results; lines != nil {
		l.results, l.woken = nil, len(lines.ends)
		l.tell(lines.size())
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
