//go:build unix

package socket

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// newParkableSource makes a source that waits without a buffer, in the memory of another if that was such one, too; nil
// if the connection is neither a TCP socket nor TLS over one that Tryable has prepared.
func newParkableSource(conn net.Conn, used Source) Source {
	if layer, ok := conn.(*tls.Conn); ok {
		return newTLSSource(layer, used)
	}
	socket, ok := parkableOf(conn)
	if !ok {
		return nil
	}
	s, ok := used.(*plainSource)
	if !ok {
		s = new(plainSource)
		s.try = s.attempt
		s.once = func(fd uintptr) { s.attempt(fd) }
	}
	*s = plainSource{parkable: socket, try: s.try, once: s.once}
	return s
}

// plainSource reads from a plain socket. It takes a buffer only when the socket may have something, so that an idle
// relay holds none.
type plainSource struct {
	parkable
	try  func(fd uintptr) bool // attempt, made once
	once func(fd uintptr)      // the same, for Control
	n    int
	err  error
}

// Read implements Source.
func (s *plainSource) Read() ([]byte, error) {
	if s.brief {
		return s.readWhatIsThere()
	}
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
	return s.taken()
}

// readWhatIsThere does not wait. A read that takes less than it could has taken all: what comes later is reported anew,
// but for an end that was there already.
func (s *plainSource) readWhatIsThere() ([]byte, error) {
	if s.drained && !s.ended {
		return nil, ErrQuiet
	}
	if err := s.raw.Control(s.once); err != nil {
		return nil, err
	}
	if errors.Is(s.err, syscall.EAGAIN) {
		return nil, ErrQuiet
	}
	return s.taken()
}

// taken is what an attempt has read.
func (s *plainSource) taken() ([]byte, error) {
	switch {
	case s.err != nil:
		return nil, os.NewSyscallError("read", s.err)
	case s.n == 0:
		return nil, io.EOF
	}
	s.drained = s.n < readSize
	return s.buffer[:s.n], nil
}

// attempt reads once; false has the runtime call it again when the socket is readable.
func (s *plainSource) attempt(fd uintptr) bool {
	s.buffer = readBuffers.Get().(*[readSize]byte)
	s.n, s.err = readOnce(fd, s.buffer[:])
	if errors.Is(s.err, syscall.EAGAIN) {
		s.Release()
		return false
	}
	return true
}

// readOnce reads what there is.
func readOnce(fd uintptr, into []byte) (n int, err error) {
	for {
		if n, err = syscall.Read(int(fd), into); !errors.Is(err, syscall.EINTR) {
			return n, err
		}
	}
}
