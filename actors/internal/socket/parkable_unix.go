//go:build unix

package socket

import (
	"errors"
	"net"
	"syscall"
	"time"
)

// parkable is a TCP socket that is waited for without a buffer, and can be parked. Sources are built on it.
type parkable struct {
	conn interface{ SetReadDeadline(time.Time) error }
	raw  syscall.RawConn

	buffer *[readSize]byte // nil but between Read and Release

	watched bool // a read deadline finds out whether the socket is silent
	busy    bool // something came since it was set
	brief   bool // it is quiet as soon as there is nothing to read
	ended   bool // nothing more comes, so that a read which takes all that there is was not the last
	drained bool // the last read took all that there was; TLS has read nothing ahead
}

// parkableOf says that a connection is a TCP socket, and returns what waits for it.
func parkableOf(conn net.Conn) (p parkable, ok bool) {
	switch socket := conn.(type) {
	case *net.TCPConn:
		raw, err := socket.SyscallConn()
		return parkable{conn: socket, raw: raw}, err == nil
	case *light:
		return parkable{conn: socket, raw: (*rawLight)(socket)}, true
	}
	return p, false
}

// Watch implements Source: it sets one deadline for many reads, so that it costs a busy source nothing.
func (s *parkable) Watch() {
	s.watched, s.busy, s.brief = true, false, false
	_ = s.conn.SetReadDeadline(time.Now().Add(quiet))
}

// Brief implements Source.
func (s *parkable) Brief(ended bool) {
	s.unwatch()
	s.brief, s.ended, s.drained = true, ended, false
}

// Park implements Source.
func (s *parkable) Park(poller *SharedPoller, place *Parking) error {
	s.brief = false
	s.unwatch() // before another goroutine may read
	err := errors.ErrUnsupported
	if poller := poller.Get(); poller != nil {
		_ = s.raw.Control(func(fd uintptr) { err = poller.park(int(fd), place) })
	}
	// The descriptor may be another socket's by now, and so may the slot: then there is nothing to leave, and as the
	// connection was closed nobody waits to be woken.
	if err == nil && !(place.closed.Load() && place.Leave()) {
		return ErrParked // another goroutine may read already
	}
	return nil // it waits as it did before
}

// Linger implements Source.
func (s *parkable) Linger(d time.Duration) {
	_ = s.raw.Control(func(fd uintptr) { linger(int(fd), d) })
}

// Leave implements Source.
func (s *parkable) Leave(poller *SharedPoller, place *Parking) {
	place.state.Store(away)
	_ = s.raw.Control(func(fd uintptr) { poller.poller.mute(int(fd)) })
}

// Release implements Source.
func (s *parkable) Release() {
	if s.buffer != nil {
		readBuffers.Put(s.buffer)
		s.buffer = nil
	}
}

func (s *parkable) unwatch() {
	if s.watched {
		s.watched = false
		_ = s.conn.SetReadDeadline(time.Time{})
	}
}
