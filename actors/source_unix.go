//go:build unix

package actors

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// parkedSource reads from a plain socket. It takes a buffer only when the socket may have something, so that an idle relay
// holds none.
type parkedSource struct {
	raw    syscall.RawConn
	try    func(fd uintptr) bool // attempt, made once
	buffer *[readSize]byte
	n      int
	err    error
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
	s := &parkedSource{raw: raw}
	s.try = s.attempt
	return s
}

func (s *parkedSource) read() ([]byte, error) {
	if err := s.raw.Read(s.try); err != nil {
		return nil, err
	}
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
