//go:build unix

package socket

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// plainSource reads from a plain socket. It takes a buffer only when the socket may have something, so that an idle
// relay holds none.
type plainSource struct {
	conn   *net.TCPConn
	raw    syscall.RawConn
	try    func(fd uintptr) bool // attempt, made once
	buffer *[readSize]byte
	n      int
	err    error

	watched bool // a read deadline finds out whether the socket is silent
	busy    bool // something came since it was set
}

// newPlainSource makes a source, in the memory of another if that was one, too; nil if the connection is no plain
// socket.
func newPlainSource(conn net.Conn, used Source) Source {
	socket, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	s, ok := used.(*plainSource)
	if !ok {
		s = new(plainSource)
		s.try = s.attempt
	}
	*s = plainSource{conn: socket, raw: raw, try: s.try}
	return s
}

// Read implements Source.
func (s *plainSource) Read() ([]byte, error) {
	for {
		err := s.raw.Read(s.try)
		if err == nil {
			break
		}
		if !s.watched || !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		if !s.busy {
			return nil, ErrQuiet
		}
		s.Watch()
	}
	s.busy = true
	switch {
	case s.err != nil:
		return nil, os.NewSyscallError("read", s.err)
	case s.n == 0:
		return nil, io.EOF
	}
	return s.buffer[:s.n], nil
}

// attempt reads once; false has the runtime call it again when the socket is readable.
func (s *plainSource) attempt(fd uintptr) bool {
	s.buffer = readBuffers.Get().(*[readSize]byte)
	for {
		s.n, s.err = syscall.Read(int(fd), s.buffer[:])
		if !errors.Is(s.err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(s.err, syscall.EAGAIN) {
		s.Release()
		return false
	}
	return true
}

// Release implements Source.
func (s *plainSource) Release() {
	if s.buffer != nil {
		readBuffers.Put(s.buffer)
		s.buffer = nil
	}
}

// Watch implements Source: it sets one deadline for many reads, so that it costs a busy source nothing.
func (s *plainSource) Watch() {
	s.watched, s.busy = true, false
	_ = s.conn.SetReadDeadline(time.Now().Add(quiet))
}

// Park implements Source.
func (s *plainSource) Park(poller *Poller, place *Parking) error {
	s.unwatch() // before another goroutine may read
	err := errors.ErrUnsupported
	if poller != nil {
		_ = s.raw.Control(func(fd uintptr) { err = poller.park(int(fd), place) })
	}
	// The descriptor may be another socket's by now, and so may the slot: then there is nothing to leave, and as the
	// connection was closed nobody waits to be woken.
	if err == nil && !(place.closed.Load() && place.Leave()) {
		return ErrParked // another goroutine may read already
	}
	return nil // it waits as it did before
}

func (s *plainSource) unwatch() {
	if s.watched {
		s.watched = false
		_ = s.conn.SetReadDeadline(time.Time{})
	}
}
