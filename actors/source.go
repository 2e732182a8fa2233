package actors

import (
	"io"
	"net"
	"sync"
)

// source is where a pump reads from. What read returns is valid until release; between the two, and at no other time, the
// source may hold a buffer.
type source interface {
	read() ([]byte, error)
	release()
	// watch has read return errQuiet when the source is silent for a while, if it can be parked.
	watch()
	// park has a poller resume a connection when there is something to read, and returns errParked; or it is not
	// parked.
	park(*poller, *connection) error
}

// readSize is how much one read takes at most.
const readSize = 64 << 10

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// newSource returns a source that waits without a buffer if the connection is a plain socket.
func newSource(conn net.Conn) source {
	if parked := newParkedSource(conn); parked != nil {
		return parked
	}
	return &bufferedSource{conn: conn}
}

// bufferedSource reads from any connection, and so has its buffer also while it waits.
type bufferedSource struct {
	conn   net.Conn
	buffer *[readSize]byte
}

func (s *bufferedSource) read() ([]byte, error) {
	s.buffer = readBuffers.Get().(*[readSize]byte)
	n, err := s.conn.Read(s.buffer[:])
	if n > 0 {
		return s.buffer[:n], nil // the error comes again
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return nil, err
}

func (s *bufferedSource) release() {
	readBuffers.Put(s.buffer)
	s.buffer = nil
}

func (s *bufferedSource) watch() {}

func (s *bufferedSource) park(*poller, *connection) error { return nil }
