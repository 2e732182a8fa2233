package wiretest

import (
	"errors"
	"os"

	"hermod/wire"
)

// ReadFrame returns the next frame of the gateway, without its line end. It
// waits for one; the error is the connection's end, or
// os.ErrDeadlineExceeded once the time of Server.SetTimeout is over.
func (c *Conn) ReadFrame() ([]byte, error) {
	limit := c.srv.limit()
	c.mu.Lock()
	defer c.mu.Unlock()
	waitFor(c.changed, limit, func() bool { return c.next < len(c.lines) || c.err != nil })
	if c.next < len(c.lines) {
		c.next++
		return c.lines[c.next-1], nil
	}
	if c.err != nil {
		return nil, c.err
	}
	return nil, os.ErrDeadlineExceeded
}

// Expect returns the next frame and fails the test unless it is of this kind.
func (c *Conn) Expect(kind wire.Kind) []byte {
	c.srv.tb.Helper()
	line, err := c.ReadFrame()
	if err != nil {
		c.srv.tb.Fatalf("wiretest: waiting for %s: %v", kind, err)
	}
	if got := kindOf(line); got != kind {
		c.srv.tb.Fatalf("wiretest: got a frame %s, want %s: %.200s", got, kind, line)
	}
	return line
}

// Await returns the next frame of this kind and skips others before it. It
// fails the test when the connection ends first.
func (c *Conn) Await(kind wire.Kind) []byte {
	c.srv.tb.Helper()
	for {
		line, err := c.ReadFrame()
		if err != nil {
			c.srv.tb.Fatalf("wiretest: waiting for %s: %v", kind, err)
		}
		if kindOf(line) == kind {
			return line
		}
	}
}

// Handshake waits for one hello per descriptor and answers each with its own;
// without any, it waits for one hello and answers Descriptor of its platform.
// It returns the hellos and fails the test when another frame comes first.
func (c *Conn) Handshake(descriptors ...*wire.Descriptor) []wire.Hello {
	c.srv.tb.Helper()
	var hellos []wire.Hello
	for i := range max(1, len(descriptors)) {
		hello, err := wire.DecodeHello(c.Expect(wire.KindHello))
		if err != nil {
			c.srv.tb.Fatalf("wiretest: hello: %v", err)
		}
		hellos = append(hellos, hello)
		answer := Descriptor(hello.Platform)
		if len(descriptors) > 0 {
			answer = descriptors[i]
		}
		if err := c.Send(wire.AppendDescriptor(nil, answer)); err != nil {
			c.srv.tb.Fatalf("wiretest: sending a descriptor: %v", err)
		}
	}
	return hellos
}

// AwaitPong waits until the gateway has sent n pongs, and reports whether it
// did before the connection ended or the time was over.
func (c *Conn) AwaitPong(n int) bool {
	limit := c.srv.limit()
	c.mu.Lock()
	defer c.mu.Unlock()
	waitFor(c.changed, limit, func() bool { return c.pongs >= n || c.err != nil })
	return c.pongs >= n
}

// AwaitPing waits until the gateway has sent n pings, and reports whether it
// did before the connection ended or the time was over.
func (c *Conn) AwaitPing(n int) bool {
	limit := c.srv.limit()
	c.mu.Lock()
	defer c.mu.Unlock()
	waitFor(c.changed, limit, func() bool { return c.pings >= n || c.err != nil })
	return c.pings >= n
}

// AwaitEnd waits until the connection has ended, from whichever side, and
// returns the gateway's close frame, or nil if it ended without one. It fails
// the test once the time of Server.SetTimeout is over.
func (c *Conn) AwaitEnd() *ClientClose {
	c.srv.tb.Helper()
	limit := c.srv.limit()
	c.mu.Lock()
	ended := waitFor(c.changed, limit, func() bool { return c.err != nil })
	got := c.clientClose
	c.mu.Unlock()
	if !ended {
		c.srv.tb.Fatalf("wiretest: the gateway keeps the connection open")
	}
	return got
}

// Serve is a handler (see Server.Handle) that plays a well-behaved connector
// until the connection ends: a descriptor for each hello, success for each
// outbound, and an ack for going idle.
func Serve(c *Conn) {
	for {
		line, err := c.ReadFrame()
		if err != nil {
			return
		}
		if err := c.serve(line); err != nil {
			if decode := (*wire.DecodeError)(nil); errors.As(err, &decode) {
				c.fail("sent a bad frame: %v", err)
			}
			return
		}
	}
}

func (c *Conn) serve(line []byte) error {
	switch kindOf(line) {
	case wire.KindHello:
		hello, err := wire.DecodeHello(line)
		if err != nil {
			return err
		}
		return c.Send(wire.AppendDescriptor(nil, Descriptor(hello.Platform)))
	case wire.KindOutbound:
		return c.Answer(line, wire.ParseResult([]byte(`{"success":true,"message_id":"m1"}`)))
	case wire.KindGoingIdle:
		return c.Send(wire.AppendGoingIdleAck(nil))
	default:
		return nil
	}
}

// kindOf is the kind of a frame; one that cannot be read is KindUnknown.
func kindOf(line []byte) wire.Kind {
	kind, err := wire.Classify(line)
	if err != nil {
		return wire.KindUnknown
	}
	return kind
}
