package wiretest

import (
	"crypto/tls"
	"net"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/wire"
)

// Send sends each frame as a text message of its own. The sending methods
// block while the gateway does not read and the connection's buffer is full;
// they return an error once the connection has ended.
func (c *Conn) Send(frames ...[]byte) error {
	var b []byte
	for _, f := range frames {
		b = append(b, textMessage(f)...)
	}
	return c.write(b)
}

// SendMessage sends all of parts, joined, as one text message: several frames, a part of one,
// or anything else.
func (c *Conn) SendMessage(parts ...[]byte) error {
	return c.write(textMessage(join(parts)))
}

// SendBinary sends all of parts, joined, as one binary message.
func (c *Conn) SendBinary(parts ...[]byte) error {
	return c.write(ws.MustCompileFrame(ws.NewBinaryFrame(join(parts))))
}

// SendFragments sends one text message with a WebSocket frame for each part.
func (c *Conn) SendFragments(parts ...[]byte) error {
	var b []byte
	for i, part := range parts {
		op := ws.OpText
		if i > 0 {
			op = ws.OpContinuation
		}
		b = append(b, ws.MustCompileFrame(ws.NewFrame(op, i == len(parts)-1, part))...)
	}
	return c.write(b)
}

// SendRaw writes bytes to the socket unchanged; together with Drop it cuts a frame in the
// middle.
func (c *Conn) SendRaw(b []byte) error { return c.write(b) }

// SendInbound sends an inbound frame around event; no buffer id makes it live.
func (c *Conn) SendInbound(event []byte, bufferID string) error {
	return c.Send(wire.AppendInbound(nil, json.RawMessage(event), bufferID))
}

// Answer resolves the outbound frame in line with result.
func (c *Conn) Answer(line []byte, result wire.Result) error {
	out, err := wire.DecodeOutbound(line)
	if err != nil {
		return err
	}
	return c.Send(wire.AppendOutboundResult(nil, out.RequestID, result))
}

// Ping sends a ping; Pongs counts the answers.
func (c *Conn) Ping() error {
	return c.write(ws.MustCompileFrame(ws.NewPingFrame([]byte("wiretest"))))
}

// CloseWith sends a close frame and ends the outgoing half of the connection.
// The rest ends when the gateway closes its side, as it must.
func (c *Conn) CloseWith(code int, reason string) error {
	err := c.writeClose(code, reason)
	if half, ok := c.socket.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
	return err
}

// CloseThenReset sends a close frame and resets the connection at once, so
// that the gateway's answer to the close frame cannot be written.
func (c *Conn) CloseThenReset(code int, reason string) error {
	err := c.writeClose(code, reason)
	c.Reset()
	return err
}

// Reset ends the connection as a TCP reset does, without a close frame.
func (c *Conn) Reset() {
	socket := c.socket
	if secure, ok := socket.(*tls.Conn); ok {
		socket = secure.NetConn()
	}
	switch socket := socket.(type) {
	case *memoryConn:
		socket.reset()
	case *net.TCPConn:
		_ = socket.SetLinger(0)
		socket.Close()
	}
	c.Drop()
}

// Drop closes the socket without a close frame.
func (c *Conn) Drop() {
	c.socket.Close()
	c.ResumeReads()
}

func (c *Conn) writeClose(code int, reason string) error {
	c.mu.Lock()
	c.closeSent = true
	c.mu.Unlock()
	body := ws.NewCloseFrameBody(ws.StatusCode(code), reason)
	return c.write(ws.MustCompileFrame(ws.NewCloseFrame(body)))
}

// write puts b on the socket in one piece. Writers take turns through a channel, because a
// goroutine that waits for a channel lets a synctest clock go on and one that waits for a mutex
// does not.
func (c *Conn) write(b []byte) error {
	c.sending <- struct{}{}
	defer func() { <-c.sending }()
	_, err := c.socket.Write(b)
	return err
}

func textMessage(payload []byte) []byte {
	return ws.MustCompileFrame(ws.NewTextFrame(payload))
}

func join(parts [][]byte) []byte {
	var b []byte
	for _, part := range parts {
		b = append(b, part...)
	}
	return b
}
