package socket

import (
	"io"
	"net"
	"sync"
	"time"
)

// Source is where one goroutine reads from. What Read returns is valid until Release; between the two, and at no other
// time, the source may hold a buffer.
type Source interface {
	// Read waits for bytes. It returns none with an error, which may be ErrQuiet.
	Read() ([]byte, error)
	// Release gives the bytes of the last Read back.
	Release()
	// Watch has Read return ErrQuiet when the source is silent for a while, if it can be parked. Without it Read waits.
	Watch()
	// Brief is for a turn: Read waits no more, and returns ErrQuiet when it has taken all that there was. Of a connection
	// that has ended it reads the end, too.
	Brief(ended bool)
	// Park has the poller, where there is one, give place a turn when there is something to read, and returns ErrParked:
	// from then on the place is no longer the caller's. Or it returns nil, and is not parked.
	Park(poller *SharedPoller, place *Parking) error
	// Leave ends a turn: from now on the source is read without the poller.
	Leave(poller *SharedPoller, place *Parking)
	// Linger waits for bytes, but no longer than d, and no other goroutine runs in its place. Where it cannot it returns
	// at once.
	Linger(d time.Duration)
}

// ReadSize is how much one read takes at most.
const ReadSize = 64 << 10

const readSize = ReadSize

var readBuffers = sync.Pool{New: func() any { return new([readSize]byte) }}

// NewSource returns a source that waits without a buffer if the connection is a TCP socket, or TLS over one that
// Tryable has prepared. It may use the memory of another source, which nobody uses any more, or nil.
func NewSource(conn net.Conn, used Source) Source {
	if plain := newParkableSource(conn, used); plain != nil {
		return plain
	}
	return &bufferedSource{conn: conn}
}

// bufferedSource reads from any connection, and so has its buffer also while it waits.
type bufferedSource struct {
	conn   net.Conn
	buffer *[readSize]byte
}

// Read implements Source.
func (s *bufferedSource) Read() ([]byte, error) {
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

// Release implements Source.
func (s *bufferedSource) Release() {
	readBuffers.Put(s.buffer)
	s.buffer = nil
}

// Watch implements Source.
func (s *bufferedSource) Watch() {}

// Brief implements Source.
func (s *bufferedSource) Brief(bool) {}

// Park implements Source.
func (s *bufferedSource) Park(*SharedPoller, *Parking) error { return nil }

// Leave implements Source.
func (s *bufferedSource) Leave(*SharedPoller, *Parking) {}

// Linger implements Source.
func (s *bufferedSource) Linger(time.Duration) {}

// Close closes a connection at once: closing its TLS layer may block in a write.
func Close(conn net.Conn) {
	if layer, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = layer.NetConn()
	}
	_ = conn.Close()
}
