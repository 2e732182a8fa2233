package actors_test

import (
	"net"
	"sync"
	"syscall"
	"time"
)

// simCut is a connection that breaks after so many bytes, in the middle of whatever is under way: at any byte of the
// upgrade, of a WebSocket frame, or of a line. What came before the break has arrived.
type simCut struct {
	net.Conn
	mu    sync.Mutex
	limit cutLimit
}

// cutLimit is how many bytes may still be read and written; a negative one sets no limit.
type cutLimit struct{ read, write int }

// Read implements net.Conn.
func (c *simCut) Read(p []byte) (int, error) {
	left, broken := c.left(func(l cutLimit) int { return l.read })
	if broken {
		return 0, syscall.ECONNRESET
	}
	if left >= 0 && len(p) > left {
		p = p[:left]
	}
	n, err := c.Conn.Read(p)
	return n, c.spend(cutLimit{read: n}, err)
}

// Write implements net.Conn.
func (c *simCut) Write(p []byte) (int, error) {
	left, broken := c.left(func(l cutLimit) int { return l.write })
	if broken {
		return 0, syscall.ECONNRESET
	}
	whole := len(p)
	if left >= 0 && len(p) > left {
		p = p[:left]
	}
	n, err := c.Conn.Write(p)
	if err = c.spend(cutLimit{write: n}, err); err == nil && n < whole {
		err = syscall.ECONNRESET
	}
	return n, err
}

// left returns one direction's limit, and whether the connection has broken.
func (c *simCut) left(of func(cutLimit) int) (int, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return of(c.limit), c.limit.read == 0 || c.limit.write == 0
}

// spend takes bytes off the limits. A broken connection hides what its other direction says.
func (c *simCut) spend(used cutLimit, err error) error {
	c.mu.Lock()
	wasBroken := c.limit.read == 0 || c.limit.write == 0
	if c.limit.read > 0 {
		c.limit.read -= used.read
	}
	if c.limit.write > 0 {
		c.limit.write -= used.write
	}
	broken := c.limit.read == 0 || c.limit.write == 0
	c.mu.Unlock()
	if broken && !wasBroken {
		_ = c.Conn.SetDeadline(time.Unix(1, 0)) // ends what blocks in the other direction
	}
	if wasBroken && err != nil {
		return syscall.ECONNRESET
	}
	return err
}

// SetWriteDeadline implements net.Conn; a broken connection keeps the deadline that has passed.
func (c *simCut) SetWriteDeadline(t time.Time) error {
	if _, broken := c.left(func(l cutLimit) int { return l.write }); broken {
		return nil
	}
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline implements net.Conn.
func (c *simCut) SetDeadline(t time.Time) error {
	if _, broken := c.left(func(l cutLimit) int { return l.read }); broken {
		return nil
	}
	return c.Conn.SetDeadline(t)
}
