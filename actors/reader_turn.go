package actors

import (
	"errors"

	"hermod/actors/internal/socket"
)

// turnBytes is how much a turn reads at most. A connection that brings more goes on on a goroutine of its own, until it
// is quiet.
const turnBytes = 64 << 10

// errBusy says that a turn would have to wait, or would keep others waiting; or that it woke somebody whose request was
// answered, and who is likely to send the next one: a goroutine of the connection's own is quicker with its answer.
var errBusy = errors.New("more to do than a turn allows")

// Turn implements socket.Waker.
func (c newLoop) Turn(with socket.Turn, ended bool) { newReadLoop(c.connection).Turn(with, ended) }

// Turn implements socket.Waker, for a loop that was parked inside a line.
func (l *readLoop) Turn(with socket.Turn, ended bool) {
	t := with.(*turn)
	t.begin()
	l.by = t
	l.from.Brief(ended)
	l.goOn(l.guard(l.readTurn))
	t.handle()
}

// goOn ends a turn's reading. Another goroutine may have the loop then.
func (l *readLoop) goOn(err error) {
	switch {
	case err == errLeft:
		l.giveBack()
	case err == errBusy:
		l.by = nil
		l.from.Leave(&l.relay.poller, &l.parking)
		l.relay.workers.start(l.read)
	case !errors.Is(err, socket.ErrParked):
		l.end(err)
	}
}

// readTurn reads what there is, and gives the socket back.
func (l *readLoop) readTurn() error {
	for read := 0; read < turnBytes; {
		n, err := l.readOnce()
		if err == socket.ErrQuiet {
			if err = l.rest(); err == nil {
				l.from.Brief(true) // something came meanwhile, or the end
				continue
			}
		}
		if err != nil {
			return err
		}
		if read += n; l.overfull() || l.fenceDue() || l.woken > 0 {
			return errBusy
		}
	}
	return errBusy
}

// rest gives the socket back to the poller; nil if it is to be read on.
func (l *readLoop) rest() error {
	between := l.betweenLines()
	if !l.parking.Rest(&l.relay.poller) {
		return nil
	}
	if between {
		return errLeft
	}
	return socket.ErrParked
}
