package actors

import (
	"errors"
	"sync"
	"time"

	"hermod/actors/internal/socket"
	"hermod/wire"
)

var readLoops = sync.Pool{New: func() any {
	l := new(readLoop)
	l.emit = l.route
	return l
}}

func newReadLoop(c *connection, early []byte) *readLoop {
	l := readLoops.Get().(*readLoop)
	*l = readLoop{connection: c, cfg: c.relay.cfg, counters: c.relay.counters, from: socket.NewSource(c.conn, l.from),
		early: early, splitter: wire.NewLineBuffer(c.relay.cfg.MaxFrame), emit: l.emit}
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
func (c newLoop) Wake() {
	l := newReadLoop(c.connection, nil)
	l.brief = sinceStart()-c.restingFrom >= int64(brisk)
	l.read()
}

// brisk is how soon after a connection was parked something comes over it that is likely not to be the last: then its
// loop stays on its goroutine until the connection is silent.
const brisk = 20 * time.Millisecond

// errLeft says that the loop is parked, and that another will go on.
var errLeft = errors.New("parked between two lines")

// park gives the goroutine up while there is nothing to read; nil if that is not possible. The end of the link, which
// closes the socket, takes the loop out of the poller.
func (l *readLoop) park() error {
	between := l.parser.Clean() && l.splitter.Empty()
	l.parking.Waker = l
	if between {
		l.parking.Waker = newLoop{l.connection}
	}
	l.restingFrom = sinceStart()
	err := l.from.Park(l.relay.poller.Get(), &l.parking)
	if between && err == socket.ErrParked {
		return errLeft
	}
	return err
}
