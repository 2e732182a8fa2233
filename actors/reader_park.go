package actors

import (
	"errors"
	"sync"

	"hermod/actors/internal/socket"
	"hermod/wire"
)

var readLoops = sync.Pool{New: func() any {
	l := new(readLoop)
	l.emit = l.route
	return l
}}

func newReadLoop(c *connection) *readLoop {
	l := readLoops.Get().(*readLoop)
	*l = readLoop{connection: c, cfg: &c.relay.cfg, counters: &c.relay.counters, from: socket.NewSource(c.conn, l.from),
		splitter: *wire.NewLineBuffer(c.relay.cfg.MaxFrame), emit: l.emit}
	return l
}

// giveBack has a loop's memory used again. It was parked between two lines, so nothing refers to it.
func (l *readLoop) giveBack() {
	*l = readLoop{from: l.from, emit: l.emit}
	readLoops.Put(l)
}

// newLoop is a connection whose loop was parked between two lines, where a new one goes on.
type newLoop struct{ *connection }

// Wake implements socket.Waker.
func (c newLoop) Wake() { newReadLoop(c.connection).read() }

// errLeft says that the loop is parked, and that another will go on.
var errLeft = errors.New("parked between two lines")

// park gives the goroutine up while there is nothing to read; nil if that is not possible. The end of the link, which
// closes the socket, takes the loop out of the poller.
func (l *readLoop) park() error {
	l.calm = 0
	if !l.awaitPassed() {
		return nil // the next read says why
	}
	between := l.betweenLines()
	err := l.from.Park(&l.relay.poller, &l.parking)
	if between && err == socket.ErrParked {
		return errLeft
	}
	return err
}

// betweenLines has a new loop go on after the socket was parked if this one is between two lines, and says whether it
// is.
func (l *readLoop) betweenLines() bool {
	between := l.parser.Clean() && l.splitter.Empty()
	l.parking.Waker = l
	if between {
		l.parking.Waker = newLoop{l.connection}
	}
	return between
}
