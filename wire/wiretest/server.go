package wiretest

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"
)

// Server is the connector process of a test. Create it with New or Listen.
// All its methods are safe for concurrent use.
type Server struct {
	tb       testing.TB
	url      string
	listener net.Listener   // nil: in memory
	done     chan struct{}  // closed by Close
	wg       sync.WaitGroup // every goroutine of the server

	mu       sync.Mutex
	changed  *sync.Cond // something below changed
	decide   func(n int) Answer
	handler  func(*Conn)
	greeting []byte
	buffer   int
	timeout  time.Duration
	skew     *time.Duration // of the clock in its answers; nil for answers without a Date
	dials    int
	open     int
	maxOpen  int
	requests []Request
	sockets  map[net.Conn]*Conn // server ends not yet closed; nil before the upgrade
	waiting  []*Conn            // upgraded, not yet accepted
	closed   bool
}

// New returns a server in memory, closed when the test ends. Pass its Dial
// and URL to the client under test. Create it inside the bubble when the test
// runs in one.
func New(tb testing.TB) *Server {
	s := newServer(tb, "ws://connector.test/relay")
	tb.Cleanup(s.Close)
	return s
}

func newServer(tb testing.TB, url string) *Server {
	s := &Server{
		tb:      tb,
		url:     url,
		done:    make(chan struct{}),
		sockets: make(map[net.Conn]*Conn),
		decide:  func(int) Answer { return Accepted() },
	}
	s.changed = sync.NewCond(&s.mu)
	return s
}

// URL is the address to dial: ws://connector.test/relay in memory.
func (s *Server) URL() string { return s.url }

// Dial connects to the server whatever the address, as the script says. It
// has the form of net.Dialer.DialContext.
func (s *Server) Dial(ctx context.Context, _, _ string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if s.listener != nil {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", s.listener.Addr().String())
	}
	switch answer := s.nextAnswer(); answer.kind {
	case refuse:
		return nil, answer.err
	case hangDial:
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-s.done:
			return nil, net.ErrClosed
		}
	default:
		return s.connect(answer)
	}
}

// connect makes an in-memory connection and serves its far end.
func (s *Server) connect(answer Answer) (net.Conn, error) {
	s.mu.Lock()
	buffer := s.buffer
	s.mu.Unlock()
	near, far := newPipe(buffer)
	if !s.start(far, answer) {
		return nil, net.ErrClosed
	}
	return &clientEnd{memoryConn: near, closed: s.clientClosed}, nil
}

// clientEnd reports the close of the client's end, which is what Open counts.
type clientEnd struct {
	*memoryConn
	once   sync.Once
	closed func()
}

func (c *clientEnd) Close() error {
	err := c.memoryConn.Close()
	c.once.Do(c.closed)
	return err
}

func (s *Server) nextAnswer() Answer {
	s.mu.Lock()
	s.dials++
	n, decide := s.dials, s.decide
	s.changed.Broadcast()
	s.mu.Unlock()
	return decide(n)
}

// start serves the server's end of a new connection on its own goroutine.
func (s *Server) start(socket net.Conn, answer Answer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		socket.Close()
		return false
	}
	s.sockets[socket] = nil
	s.open++
	s.maxOpen = max(s.maxOpen, s.open)
	s.changed.Broadcast()
	s.wg.Go(func() { s.serve(socket, answer) })
	return true
}

func (s *Server) serve(socket net.Conn, answer Answer) {
	defer s.forget(socket)
	if answer.kind == hangUpgrade || answer.kind == hangDial {
		drain(socket)
		return
	}
	conn, err := s.upgrade(socket, answer)
	if err != nil {
		socket.Close()
		return
	}
	if s.deliver(conn) {
		conn.pump()
	}
}

func (s *Server) forget(socket net.Conn) {
	socket.Close()
	s.mu.Lock()
	delete(s.sockets, socket)
	s.mu.Unlock()
	if s.listener != nil {
		s.clientClosed()
	}
}

func (s *Server) clientClosed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open--
	s.changed.Broadcast()
}

// Close drops every connection and waits for the server's goroutines to end.
// It may be called more than once.
func (s *Server) Close() {
	s.mu.Lock()
	if !s.closed {
		s.closed = true
		close(s.done)
	}
	if s.listener != nil {
		s.listener.Close()
	}
	for socket, conn := range s.sockets {
		socket.Close()
		if conn != nil {
			conn.ResumeReads()
		}
	}
	s.changed.Broadcast()
	s.mu.Unlock()
	s.wg.Wait()
}
