package wiretest

import (
	"bufio"
	"net"
	"sync"

	"github.com/gobwas/ws"
)

// Conn is the connector's end of one upgraded connection. A goroutine reads all the time. It
// collects frames, answers pings and closes, and leaves the rest to the test. All methods are
// safe for concurrent use.
type Conn struct {
	srv     *Server
	socket  net.Conn
	request Request
	r       *bufio.Reader
	sending chan struct{} // holds one token while a write is under way

	mu          sync.Mutex
	changed     *sync.Cond // something below changed
	lines       [][]byte   // frames received, in order
	next        int        // the first that ReadFrame has not returned
	pings       int
	pongs       int
	mute        bool // pings are not answered
	stalled     bool
	closeSent   bool
	clientClose *ClientClose
	err         error // why reading ended; nil while it lives
}

// ClientClose is the close frame that the gateway sent. Code is 1005 when the
// frame had none.
type ClientClose struct {
	Code   int
	Reason string
}

func newConn(s *Server, socket net.Conn, request Request) *Conn {
	c := &Conn{
		srv:     s,
		socket:  socket,
		request: request,
		sending: make(chan struct{}, 1),
	}
	c.changed = sync.NewCond(&c.mu)
	c.r = bufio.NewReader(gate{c})
	return c
}

// Request is the upgrade request.
func (c *Conn) Request() Request { return c.request }

// Authorization is the Authorization header of the upgrade, "" without one.
func (c *Conn) Authorization() string { return c.request.Header.Get("Authorization") }

// Received is every frame received so far, in order, without line ends.
func (c *Conn) Received() [][]byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([][]byte(nil), c.lines...)
}

// Pings is how many pings the gateway has sent.
func (c *Conn) Pings() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pings
}

// Pongs is how many pongs the gateway has sent.
func (c *Conn) Pongs() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.pongs
}

// ClientClose is the gateway's close frame, or nil if there was none yet.
func (c *Conn) ClientClose() *ClientClose {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.clientClose
}

// IgnorePings stops answering pings, like a peer whose host has died.
func (c *Conn) IgnorePings() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mute = true
}

// StallReads stops reading, so that the gateway's writes back up. At most one
// buffer of 4 KiB that was being read is still taken off the connection.
func (c *Conn) StallReads() { c.stall(true) }

// ResumeReads goes on reading after StallReads.
func (c *Conn) ResumeReads() { c.stall(false) }

func (c *Conn) stall(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = on
	c.changed.Broadcast()
}

// gate is the socket's read half, shut while the connection is stalled.
type gate struct{ c *Conn }

func (g gate) Read(p []byte) (int, error) {
	g.c.awaitResume()
	return g.c.socket.Read(p)
}

// awaitResume blocks while reads are stalled.
func (c *Conn) awaitResume() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.stalled {
		c.changed.Wait()
	}
}

// handle runs a handler. If it failed the test, handle drops the connection, so that the
// gateway does not wait for a script that has stopped.
func (c *Conn) handle(handler func(*Conn)) {
	finished := false
	defer func() {
		if !finished {
			c.Drop()
		}
	}()
	handler(c)
	finished = true
}

// ended records why reading ended and wakes everything that waits for a frame.
func (c *Conn) ended(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = err
	c.changed.Broadcast()
}

func (c *Conn) fail(format string, args ...any) {
	c.srv.tb.Helper()
	c.srv.tb.Errorf("wiretest: gateway "+format, args...)
}

func newClientClose(payload []byte) *ClientClose {
	if len(payload) < 2 {
		return &ClientClose{Code: int(ws.StatusNoStatusRcvd)}
	}
	code, reason := ws.ParseCloseFrameData(payload)
	return &ClientClose{Code: int(code), Reason: reason}
}
