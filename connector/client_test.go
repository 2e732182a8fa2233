package connector_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

// patience bounds every wait of these tests; it only ends one that hangs.
const patience = time.Minute

// client is a gateway's end of a session, driven step by step.
type client struct {
	t    testing.TB
	conn net.Conn
	br   *bufio.Reader
}

// message is any frame of a connector.
type message struct {
	Type       string          `json:"type"`
	BufferID   string          `json:"bufferId"`
	Event      json.RawMessage `json:"event"`
	Forward    json.RawMessage `json:"forward"`
	RequestID  string          `json:"requestId"`
	Result     json.RawMessage `json:"result"`
	Descriptor json.RawMessage `json:"descriptor"`
	SessionKey string          `json:"session_key"`
	ChatID     string          `json:"chat_id"`
}

// dial opens a session; token "" sends none.
func dial(t testing.TB, c *connector.Connector, token string) *client {
	t.Helper()
	header := http.Header{}
	if token != "" {
		header.Set("Authorization", "Bearer "+token)
	}
	return dialWith(t, c, header)
}

func dialWith(t testing.TB, c *connector.Connector, header http.Header) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, br, _, err := ws.Dialer{Header: ws.HandshakeHeaderHTTP(header), NetDial: dialAny}.Dial(ctx, c.URL())
	if err != nil {
		t.Fatalf("dialling: %v", err)
	}
	if br == nil {
		br = bufio.NewReader(conn)
	}
	_ = conn.SetDeadline(time.Now().Add(patience))
	t.Cleanup(func() { _ = conn.Close() })
	return &client{t: t, conn: conn, br: br}
}

// greet dials, says hello and reads the descriptor.
func greet(t testing.TB, c *connector.Connector, token string) *client {
	t.Helper()
	gateway := dial(t, c, token)
	gateway.hello("discord", "b1")
	return gateway
}

func (c *client) hello(platform, botID string) {
	c.t.Helper()
	c.send(wire.AppendHello(nil, wire.Hello{Platform: platform, BotID: botID}))
	c.expect("descriptor")
}

// send writes a line in one text message.
func (c *client) send(line []byte) { c.t.Helper(); c.frame(ws.OpText, true, line) }

func (c *client) frame(op ws.OpCode, fin bool, payload []byte) {
	c.t.Helper()
	frame := ws.MaskFrame(ws.NewFrame(op, fin, payload))
	if _, err := c.conn.Write(ws.MustCompileFrame(frame)); err != nil {
		c.t.Fatalf("writing: %v", err)
	}
}

func (c *client) ack(bufferID string) { c.t.Helper(); c.send(wire.AppendInboundAck(nil, bufferID)) }

// next reads the next WebSocket frame. Like every WebSocket library it answers pings, those with a number by itself.
func (c *client) next() (ws.Frame, error) {
	f, err := c.read()
	for err == nil && f.Header.OpCode == ws.OpPing && len(f.Payload) > 0 {
		c.frame(ws.OpPong, true, f.Payload)
		f, err = c.read()
	}
	return f, err
}

// read reads the next WebSocket frame and answers nothing.
func (c *client) read() (ws.Frame, error) {
	h, err := ws.ReadHeader(c.br)
	if err != nil {
		return ws.Frame{}, err
	}
	payload := make([]byte, h.Length)
	if _, err := io.ReadFull(c.br, payload); errors.Is(err, io.EOF) {
		return ws.Frame{}, io.ErrUnexpectedEOF
	} else if err != nil {
		return ws.Frame{}, err
	}
	return ws.Frame{Header: h, Payload: payload}, nil
}

// expect reads the next line, which must be of the type.
func (c *client) expect(kind string) message {
	c.t.Helper()
	f, err := c.next()
	if err != nil {
		c.t.Fatalf("waiting for %s: %v", kind, err)
	}
	if f.Header.OpCode != ws.OpText || !strings.HasSuffix(string(f.Payload), "\n") {
		c.t.Fatalf("waiting for %s: got op %x %q", kind, f.Header.OpCode, f.Payload)
	}
	var m message
	if err := json.Unmarshal(f.Payload, &m); err != nil {
		c.t.Fatalf("waiting for %s: %v", kind, err)
	}
	if m.Type != kind {
		c.t.Fatalf("waiting for %s: got %q", kind, f.Payload)
	}
	return m
}

// expectEvent reads an inbound frame with that text and returns its bufferId.
func (c *client) expectEvent(text string) string {
	c.t.Helper()
	m := c.expect("inbound")
	var event struct {
		Text string `json:"text"`
	}
	if err := json.Unmarshal(m.Event, &event); err != nil || event.Text != text {
		c.t.Fatalf("waiting for event %q: got %s", text, m.Event)
	}
	return m.BufferID
}

// expectClose reads a close frame, answers it and waits for the end of the connection.
func (c *client) expectClose(code int, reason string) {
	c.t.Helper()
	f, err := c.next()
	if err != nil {
		c.t.Fatalf("waiting for close %d: %v", code, err)
	}
	if f.Header.OpCode != ws.OpClose {
		c.t.Fatalf("waiting for close %d: got op %x %q", code, f.Header.OpCode, f.Payload)
	}
	gotCode, gotReason := ws.ParseCloseFrameData(f.Payload)
	if int(gotCode) != code || (reason != "" && gotReason != reason) {
		c.t.Fatalf("closed %d %q, want %d %q", gotCode, gotReason, code, reason)
	}
	c.frame(ws.OpClose, true, f.Payload[:2])
	c.expectEnd()
}

// expectEnd waits for the end of the connection.
func (c *client) expectEnd() {
	c.t.Helper()
	if _, err := c.br.ReadByte(); err == nil || errors.Is(err, context.DeadlineExceeded) {
		c.t.Fatalf("the connection goes on (%v)", err)
	}
}

// expectSilence fails when the connector has written anything that a ping's pong does not follow.
func (c *client) expectSilence() {
	c.t.Helper()
	c.frame(ws.OpPing, true, []byte("?"))
	f, err := c.next()
	if err != nil || f.Header.OpCode != ws.OpPong || string(f.Payload) != "?" {
		c.t.Fatalf("expected nothing but a pong: op %x %q, %v", f.Header.OpCode, f.Payload, err)
	}
}

// leave drops the connection without a word.
func (c *client) leave() { _ = c.conn.Close() }

// start runs a connector until the test ends.
func start(t testing.TB, cfg connector.Config) *connector.Connector {
	t.Helper()
	c, err := connector.Start(cfg)
	if err != nil {
		t.Fatalf("starting: %v", err)
	}
	t.Cleanup(func() { stop(t, c) })
	return c
}

// stop closes the connector; a second time is no failure.
func stop(t testing.TB, c *connector.Connector) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := c.Close(ctx); err != nil && !errors.Is(err, connector.ErrClosed) {
		t.Errorf("closing: %v", err)
	}
}

// event is an event with that text.
func event(text string) json.RawMessage {
	raw, err := json.Marshal(map[string]any{"text": text, "source": map[string]string{"platform": "discord", "chat_id": "c1"}})
	if err != nil {
		panic(err)
	}
	return raw
}

// inject delivers an event to the only gateway.
func inject(t *testing.T, c *connector.Connector, text string) connector.Delivery {
	t.Helper()
	d, err := c.Inject("", event(text))
	if err != nil {
		t.Fatalf("injecting %q: %v", text, err)
	}
	return d
}

// injectBuffered delivers an event that must be buffered and returns its bufferId.
func injectBuffered(t *testing.T, c *connector.Connector, text string) string {
	t.Helper()
	d := inject(t, c, text)
	if d.Live || d.BufferID == "" {
		t.Fatalf("injecting %q: delivered %+v, want buffered", text, d)
	}
	return d.BufferID
}

// eventually waits until the gateway's state is as wanted.
func eventually(t *testing.T, c *connector.Connector, gateway string, want func(connector.GatewayState) bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !want(c.State()[gateway]) {
		if time.Now().After(deadline) {
			t.Fatalf("the gateway's state stays %+v", c.State()[gateway])
		}
		pause()
	}
}

// pause yields between two looks at something that has no event to wait for.
func pause() { <-time.After(time.Millisecond) }
