package wiretest

import (
	"bytes"
	"io"

	"github.com/gobwas/ws"
)

// maxFrame is the size that a gateway's frame stays under.
const maxFrame = 1 << 20

// pump reads until the connection ends.
func (c *Conn) pump() {
	for {
		header, payload, err := c.readFrame()
		if err == nil {
			c.awaitResume()
			err = c.take(header, payload)
		}
		if err != nil {
			c.ended(err)
			return
		}
	}
}

// readFrame reads one WebSocket frame and unmasks it.
func (c *Conn) readFrame() (ws.Header, []byte, error) {
	header, err := ws.ReadHeader(c.r)
	if err != nil {
		return header, nil, err
	}
	if !header.Masked {
		c.fail("sent an unmasked frame")
	}
	if header.Rsv != 0 {
		c.fail("sent a frame with reserved bits %03b", header.Rsv)
	}
	if header.Length > 64*maxFrame {
		c.fail("announced a frame of %d bytes", header.Length)
		return header, nil, io.ErrShortBuffer
	}
	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(c.r, payload); err != nil {
		return header, nil, err
	}
	ws.Cipher(payload, header.Mask, 0)
	return header, payload, nil
}

// take acts on one frame of the gateway.
func (c *Conn) take(header ws.Header, payload []byte) error {
	switch header.OpCode {
	case ws.OpPing:
		return c.takePing(payload)
	case ws.OpPong:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.pongs++
		c.changed.Broadcast()
	case ws.OpClose:
		return c.takeClose(payload)
	case ws.OpText:
		if !header.Fin {
			c.fail("fragmented a message")
		}
		c.takeMessage(payload)
	default:
		c.fail("sent a frame with opcode %#x", header.OpCode)
	}
	return nil
}

func (c *Conn) takePing(payload []byte) error {
	c.mu.Lock()
	c.pings++
	mute := c.mute
	c.changed.Broadcast()
	c.mu.Unlock()
	if mute {
		return nil
	}
	return c.write(ws.MustCompileFrame(ws.NewPongFrame(payload)))
}

// takeClose answers a close frame, unless that is the answer to ours.
func (c *Conn) takeClose(payload []byte) error {
	c.mu.Lock()
	c.clientClose = newClientClose(payload)
	answer := !c.closeSent
	c.closeSent = true
	c.changed.Broadcast()
	c.mu.Unlock()
	if answer {
		_ = c.write(ws.MustCompileFrame(ws.NewCloseFrame(payload)))
	}
	return io.EOF
}

func (c *Conn) takeMessage(payload []byte) {
	line, rest, ended := bytes.Cut(payload, []byte{'\n'})
	switch {
	case !ended:
		c.fail("sent a message without a line end: %.80q", payload)
	case len(rest) > 0:
		c.fail("sent more than one line in a message: %.80q", payload)
	case len(payload) >= maxFrame:
		c.fail("sent a frame of %d bytes", len(payload))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lines = append(c.lines, line)
	c.changed.Broadcast()
}
