package wiretest

import "io"

// budget is how many more bytes may pass before a connection is cut; the zero
// value does not limit them.
type budget struct {
	limited bool
	left    int
}

// spend takes up to n bytes off the budget. It returns how many may pass, and
// whether the connection is to be cut behind them.
func (b *budget) spend(n int) (pass int, cut bool) {
	if !b.limited {
		return n, false
	}
	pass = min(n, b.left)
	b.left -= pass
	return pass, b.left == 0
}

// CutAfterSending resets the connection behind the next n bytes that go to
// the gateway, wherever in a frame that is.
func (c *Conn) CutAfterSending(n int) {
	c.mu.Lock()
	c.sendLeft = budget{limited: true, left: n}
	c.mu.Unlock()
	if n == 0 {
		c.Reset()
	}
}

// CutAfterReceiving resets the connection behind the next n bytes that come
// from the gateway, wherever in a frame that is. What it wrote beyond them is
// lost.
func (c *Conn) CutAfterReceiving(n int) {
	c.mu.Lock()
	c.receiveLeft = budget{limited: true, left: n}
	c.mu.Unlock()
	if n == 0 {
		c.Reset()
	}
}

// gate is the socket's read half: shut while the connection is stalled, and
// gone once its budget is spent.
type gate struct{ c *Conn }

func (g gate) Read(p []byte) (int, error) {
	g.c.awaitResume()
	n, err := g.c.socket.Read(p)
	g.c.mu.Lock()
	pass, cut := g.c.receiveLeft.spend(n)
	g.c.mu.Unlock()
	if cut {
		g.c.Reset()
	}
	return pass, err
}

// put writes b to the socket as far as the budget goes.
func (c *Conn) put(b []byte) error {
	c.mu.Lock()
	pass, cut := c.sendLeft.spend(len(b))
	c.mu.Unlock()
	_, err := c.socket.Write(b[:pass])
	if cut {
		c.Reset()
	}
	if err == nil && pass < len(b) {
		err = io.ErrShortWrite
	}
	return err
}
