package wiretest

import (
	"io"
	"net"
	"os"
	"sync"
	"syscall"
	"time"
)

// DefaultBuffer is how many bytes one direction of an in-memory connection
// holds before a Write blocks.
const DefaultBuffer = 64 << 10

// Pipe returns the two ends of an in-memory connection that behaves like a
// TCP one: each direction buffers up to limit bytes (DefaultBuffer when limit
// is not positive), a Write beyond that blocks, deadlines work, and bytes
// written before a close or a reset can still be read after it. Both ends are
// safe for concurrent use and for testing/synctest bubbles.
func Pipe(limit int) (net.Conn, net.Conn) {
	a, b := newPipe(limit)
	return a, b
}

func newPipe(limit int) (*memoryConn, *memoryConn) {
	if limit <= 0 {
		limit = DefaultBuffer
	}
	there, back := newStream(limit), newStream(limit)
	return &memoryConn{in: back, out: there, name: "client"},
		&memoryConn{in: there, out: back, name: "connector"}
}

// memoryConn is one end of a Pipe.
type memoryConn struct {
	in, out *stream
	name    string
}

func (c *memoryConn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *memoryConn) Write(p []byte) (int, error) { return c.out.write(p) }

// Close ends both directions; the peer reads what is buffered, then io.EOF.
func (c *memoryConn) Close() error {
	c.in.endRead(false)
	c.out.endWrite(false)
	return nil
}

// CloseWrite ends the outgoing direction alone, as a TCP FIN does.
func (c *memoryConn) CloseWrite() error {
	c.out.endWrite(false)
	return nil
}

// reset ends both directions as a TCP RST does: the peer reads what is
// buffered, then ECONNRESET, and its writes fail at once.
func (c *memoryConn) reset() {
	c.in.endRead(true)
	c.out.endWrite(true)
}

func (c *memoryConn) LocalAddr() net.Addr  { return memoryAddr(c.name) }
func (c *memoryConn) RemoteAddr() net.Addr { return memoryAddr("peer of " + c.name) }

func (c *memoryConn) SetDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readDeadline, t)
	c.out.setDeadline(&c.out.writeDeadline, t)
	return nil
}

func (c *memoryConn) SetReadDeadline(t time.Time) error {
	c.in.setDeadline(&c.in.readDeadline, t)
	return nil
}

func (c *memoryConn) SetWriteDeadline(t time.Time) error {
	c.out.setDeadline(&c.out.writeDeadline, t)
	return nil
}

type memoryAddr string

func (memoryAddr) Network() string  { return "memory" }
func (a memoryAddr) String() string { return string(a) }

// stream is one direction: a bounded byte queue between one writing and one
// reading end.
type stream struct {
	mu    sync.Mutex
	moved *sync.Cond // something below changed
	limit int

	queue         []byte
	writeEnded    bool // no more bytes will come
	readEnded     bool // nobody will read again
	broken        bool // ended by a reset, not in order
	readDeadline  deadline
	writeDeadline deadline
}

// deadline is one pending or passed deadline; round tells an outdated timer from the current
// one.
type deadline struct {
	timer  *time.Timer
	passed bool
	round  int
}

func newStream(limit int) *stream {
	s := &stream{limit: limit}
	s.moved = sync.NewCond(&s.mu)
	return s
}

func (s *stream) read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.readEnded:
			return 0, net.ErrClosed
		case s.readDeadline.passed:
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case len(s.queue) > 0:
			n := copy(p, s.queue)
			s.queue = s.queue[:copy(s.queue, s.queue[n:])]
			s.moved.Broadcast()
			return n, nil
		case s.broken:
			return 0, syscall.ECONNRESET
		case s.writeEnded:
			return 0, io.EOF
		}
		s.moved.Wait()
	}
}

func (s *stream) write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	written := 0
	for {
		switch {
		case s.writeEnded:
			return written, net.ErrClosed
		case s.broken:
			return written, syscall.ECONNRESET
		case s.readEnded:
			return written, syscall.EPIPE
		case s.writeDeadline.passed:
			return written, os.ErrDeadlineExceeded
		case written == len(p):
			return written, nil
		}
		if room := s.limit - len(s.queue); room > 0 {
			chunk := p[written:min(len(p), written+room)]
			s.queue = append(s.queue, chunk...)
			written += len(chunk)
			s.moved.Broadcast()
			continue
		}
		s.moved.Wait()
	}
}

func (s *stream) endWrite(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.writeEnded = true
	s.broken = s.broken || broken
	s.disarm(&s.writeDeadline)
	s.moved.Broadcast()
}

func (s *stream) endRead(broken bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.readEnded = true
	s.broken = s.broken || broken
	s.queue = nil
	s.disarm(&s.readDeadline)
	s.moved.Broadcast()
}

func (s *stream) setDeadline(d *deadline, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.disarm(d)
	d.passed = !t.IsZero() && !t.After(time.Now())
	if !t.IsZero() && !d.passed {
		round := d.round
		d.timer = time.AfterFunc(time.Until(t), func() { s.expire(d, round) })
	}
	s.moved.Broadcast()
}

func (s *stream) expire(d *deadline, round int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.round == round {
		d.passed = true
		s.moved.Broadcast()
	}
}

func (s *stream) disarm(d *deadline) {
	d.round++
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}
