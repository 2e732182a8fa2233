//go:build unix

package actors

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// parkedSource reads from a plain socket. It takes a buffer only when the socket may have something, so that an idle relay
// holds none.
type parkedSource struct {
	conn   *net.TCPConn
	raw    syscall.RawConn
	try    func(fd uintptr) bool // attempt, made once
	buffer *[readSize]byte
	n      int
	err    error

	watched bool // a read deadline finds out whether the socket is silent
	busy    bool // something came since it was set
}

func newParkedSource(conn net.Conn) source {
	socket, ok := conn.(*net.TCPConn)
	if !ok {
		return nil
	}
	raw, err := socket.SyscallConn()
	if err != nil {
		return nil
	}
	s := &parkedSource{conn: socket, raw: raw}
	s.try = s.attempt
	return s
}

func (s *parkedSource) read() ([]byte, error) {
	for {
		err := s.raw.Read(s.try)
		if err == nil {
			break
		}
		if !s.watched || !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
		if !s.busy {
			return nil, errQuiet
		}
		s.watch()
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
func (s *parkedSource) attempt(fd uintptr) bool {
	s.buffer = readBuffers.Get().(*[readSize]byte)
	for {
		s.n, s.err = syscall.Read(int(fd), s.buffer[:])
		if !errors.Is(s.err, syscall.EINTR) {
			break
		}
	}
	if errors.Is(s.err, syscall.EAGAIN) {
		s.release()
		return false
	}
	return true
}

func (s *parkedSource) release() {
	if s.buffer != nil {
		readBuffers.Put(s.buffer)
		s.buffer = nil
	}
}

// watch sets one deadline for many reads, so that it costs a busy source nothing.
func (s *parkedSource) watch() {
	s.watched, s.busy = true, false
	_ = s.conn.SetReadDeadline(time.Now().Add(quiet))
}

func (s *parkedSource) park(poller *poller, parked *connection) error {
	err := errors.ErrUnsupported
	if poller != nil {
		_ = s.raw.Control(func(fd uintptr) { err = poller.park(int(fd), parked) })
	}
	if err == nil && !(parked.over.closed.Load() && parked.leavePoller()) {
		return errParked // the pump may run again already
	}
	s.watched = false // it waits as it did before
	_ = s.conn.SetReadDeadline(time.Time{})
	return nil
}
