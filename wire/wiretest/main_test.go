package wiretest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"

	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// client is the least of a gateway: a WebSocket dialled by hand.
type client struct {
	t *testing.T
	net.Conn
	r io.Reader
}

func dial(t *testing.T, srv *wiretest.Server) *client {
	t.Helper()
	c, err := tryDial(t.Context(), srv)
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	c.t = t
	t.Cleanup(func() { c.Close() })
	return c
}

func tryDial(ctx context.Context, srv *wiretest.Server) (*client, error) {
	dialer := ws.Dialer{
		NetDial: srv.Dial,
		Header:  ws.HandshakeHeaderHTTP(http.Header{"Authorization": {"Bearer token"}}),
	}
	conn, br, _, err := dialer.Dial(ctx, srv.URL())
	if err != nil {
		return nil, err
	}
	c := &client{Conn: conn, r: conn}
	if br != nil {
		c.r = io.MultiReader(io.LimitReader(br, int64(br.Buffered())), conn)
	}
	return c, nil
}

func (c *client) send(op ws.OpCode, payload []byte) {
	c.t.Helper()
	frame := ws.MaskFrame(ws.NewFrame(op, true, payload))
	if _, err := c.Write(ws.MustCompileFrame(frame)); err != nil {
		c.t.Fatalf("client write: %v", err)
	}
}

func (c *client) frame() ws.Frame {
	c.t.Helper()
	header, err := ws.ReadHeader(c.r)
	if err != nil {
		c.t.Fatalf("client read: %v", err)
	}
	payload := make([]byte, header.Length)
	if _, err := io.ReadFull(c.r, payload); err != nil {
		c.t.Fatalf("client read: %v", err)
	}
	return ws.Frame{Header: header, Payload: payload}
}

func (c *client) wantText(want []byte) {
	c.t.Helper()
	if f := c.frame(); f.Header.OpCode != ws.OpText || !bytes.Equal(f.Payload, want) {
		c.t.Fatalf("client got %v %q, want text %q", f.Header.OpCode, f.Payload, want)
	}
}

func (c *client) wantClose(code int, reason string) {
	c.t.Helper()
	f := c.frame()
	gotCode, gotReason := ws.ParseCloseFrameData(f.Payload)
	if f.Header.OpCode != ws.OpClose || int(gotCode) != code || gotReason != reason {
		c.t.Fatalf("client got %v %d %q, want close %d %q", f.Header.OpCode, gotCode, gotReason, code, reason)
	}
}

func (c *client) wantEnd(want error) {
	c.t.Helper()
	if _, err := c.r.Read(make([]byte, 1)); !errors.Is(err, want) {
		c.t.Fatalf("client read: %v, want %v", err, want)
	}
}

func hello(platform string) []byte {
	return wire.AppendHello(nil, wire.Hello{Platform: platform, BotID: "b1"})
}
