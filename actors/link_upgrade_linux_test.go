package actors_test

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// byHand is a connector whose side of each connection the test plays.
type byHand struct {
	*testing.T
	net.Listener
	engine *actors.Engine
}

func newByHand(t *testing.T) *byHand {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	h := &byHand{T: t, Listener: listener}
	if h.engine, err = actors.New(actors.EngineConfig{System: quietSystem()}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.engine.Close(context.Background()) })
	return h
}

func (h *byHand) config() actors.Config {
	return actors.Config{URL: "ws://" + h.Addr().String(), Handlers: (&gateway{}).handlers(),
		Backoff: time.Hour, MaxBackoff: time.Hour, Identities: []wire.Identity{{Platform: "discord"}}}
}

// spawn starts a relay that dials here.
func (h *byHand) spawn(with ...func(*actors.Config)) *actors.Relay {
	h.Helper()
	cfg := h.config()
	for _, change := range with {
		change(&cfg)
	}
	relay, err := h.engine.Spawn(fmt.Sprint("bot-", len(h.engine.Relays())), cfg)
	if err != nil {
		h.Fatal(err)
	}
	return relay
}

// asked accepts a connection and reads its request.
func (h *byHand) asked() (conn net.Conn, answer string) {
	h.Helper()
	conn, err := h.Accept()
	if err != nil {
		h.Fatal(err)
	}
	h.Cleanup(func() { _ = conn.Close() })
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		h.Fatal(err)
	}
	sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	return conn, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
}

func (h *byHand) write(conn net.Conn, text string) {
	h.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		h.Fatal(err)
	}
}

// greeting is a descriptor as it goes over the socket.
func greeting() string {
	return string(ws.MustCompileFrame(ws.NewTextFrame(append(wire.AppendDescriptor(nil, wiretest.Descriptor("discord")), '\n'))))
}

// wantHello reads the relay's hello.
func (h *byHand) wantHello(conn net.Conn) wire.Hello {
	h.Helper()
	line, err := wsutil.ReadClientText(conn)
	if err != nil {
		h.Fatal(err)
	}
	hello, err := wire.DecodeHello(line)
	if err != nil {
		h.Fatal(err)
	}
	return hello
}

func (h *byHand) wantReady(relay *actors.Relay) {
	h.Helper()
	if _, err := relay.Handshake(h.Context()); err != nil {
		h.Fatal(err)
	}
}

// wantFailed waits until the relay's dial has failed.
func (h *byHand) wantFailed(relay *actors.Relay, why string) {
	h.Helper()
	status := relay.Watch(h.Context())
	for s := range status {
		if s.State == actors.Backoff {
			if !strings.HasPrefix(s.LastError, "dial connector: ") || !strings.Contains(s.LastError, why) {
				h.Errorf("the dial failed with %q, want %q", s.LastError, why)
			}
			break
		}
	}
	(&resting{t: h.T}).settle(func() bool { return h.engine.Status().Dialing == 0 })
}

// wantLeft wants the relay to have closed a connection.
func (h *byHand) wantLeft(conn net.Conn) {
	h.Helper()
	if rest, err := io.ReadAll(conn); err != nil && !strings.Contains(err.Error(), "reset") {
		h.Errorf("the connection goes on with %q, %v", rest, err)
	}
}

func TestAPlainDialToAnAddressNeedsNoGoroutine(t *testing.T) {
	h := newByHand(t)
	relay := h.spawn()
	conn, answer := h.asked()
	(&resting{t: t}).settle(func() bool { return goroutinesIn("actors.(*link)") == 0 })
	if count := goroutinesIn("actors.dial") + goroutinesIn("actors.(*upgrading)"); count > 0 {
		t.Errorf("%d goroutines wait for the answer", count)
	}
	if s := relay.Status(); s.State != actors.Connecting || h.engine.Status().Dialing != 1 {
		t.Errorf("it is %s, and %d dial", s.State, h.engine.Status().Dialing)
	}
	for i := range answer {
		h.write(conn, answer[i:i+1])
	}
	h.wantHello(conn)
	h.write(conn, greeting())
	h.wantReady(relay)
}

func TestWhatComesInOnePieceWithTheAnswerIsReadWithoutAGoroutine(t *testing.T) {
	h := newByHand(t)
	relay := h.spawn()
	conn, answer := h.asked()
	h.write(conn, answer+greeting())
	h.wantReady(relay)
	h.wantHello(conn)
}

func TestADialWithoutAGoroutineSaysWhyItFailed(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(h *byHand, conn net.Conn, good string)
		want   string
	}{
		"refused": {func(h *byHand, conn net.Conn, _ string) { h.write(conn, "HTTP/1.1 401 Unauthorized\r\n") }, "HTTP 401"},
		"not proven": {func(h *byHand, conn net.Conn, good string) {
			h.write(conn, strings.Replace(good, "Accept: ", "Accept: x", 1))
		}, "Accept"},
		"hung up":          {func(_ *byHand, conn net.Conn, _ string) { _ = conn.Close() }, "unexpected EOF"},
		"hung up half-way": {func(h *byHand, conn net.Conn, good string) { h.write(conn, good[:40]); _ = conn.Close() }, "unexpected EOF"},
		"reset":            {func(_ *byHand, conn net.Conn, _ string) { _ = conn.(*net.TCPConn).SetLinger(0); _ = conn.Close() }, "reset by peer"},
		"silent":           {func(*byHand, net.Conn, string) {}, "no connection and upgrade in time"},
		"silent half-way":  {func(h *byHand, conn net.Conn, good string) { h.write(conn, good[:40]) }, "no connection and upgrade in time"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newByHand(t)
			relay := h.spawn(func(c *actors.Config) {
				if strings.HasPrefix(name, "silent") {
					c.DialTimeout = 50 * time.Millisecond
				}
			})
			conn, good := h.asked()
			c.answer(h, conn, good)
			h.wantFailed(relay, c.want)
			if !strings.HasPrefix(name, "hung up") && name != "reset" {
				h.wantLeft(conn)
			}
		})
	}
}

func TestADialToAPortWhereNobodyListensSaysSo(t *testing.T) {
	h := newByHand(t)
	_ = h.Close()
	h.wantFailed(h.spawn(), "dial tcp "+h.Addr().String()+": connect: connection refused")
}

func TestARelayThatClosesWhileItsUpgradeIsUnderWayLeavesNothing(t *testing.T) {
	h := newByHand(t)
	relay := h.spawn()
	conn, _ := h.asked()
	if err := relay.Close(t.Context()); err != nil {
		t.Error(err)
	}
	if dialing := h.engine.Status().Dialing; dialing != 0 {
		t.Errorf("%d dials are under way", dialing)
	}
	h.wantLeft(conn)
}

func TestAConnectorThatDoesNotReadItsHelloHoldsUpNoOtherDial(t *testing.T) {
	const hellos = 8
	h := newByHand(t)
	long := h.spawn(func(c *actors.Config) {
		for i := range 100 {
			c.Commands = append(c.Commands, wire.Command{Name: fmt.Sprint("command-", i), Description: strings.Repeat("d", 9000)})
		}
		for i := range hellos { // more than sockets take
			c.Identities = append(c.Identities[:i:i], wire.Identity{Platform: "discord", BotID: fmt.Sprint(i)})
		}
	})
	deaf, answer := h.asked()
	h.write(deaf, answer)
	(&resting{t: t}).settle(func() bool { return goroutinesIn("greetSlowly") == 1 })
	other := h.spawn()
	conn, answer := h.asked()
	h.write(conn, answer+greeting())
	h.wantReady(other)
	for i := range hellos {
		if hello := h.wantHello(deaf); hello.BotID != fmt.Sprint(i) || len(hello.Commands) != 100 {
			t.Errorf("hello %d is of bot %s, with %d commands", i, hello.BotID, len(hello.Commands))
		}
	}
	h.write(deaf, greeting())
	h.wantReady(long)
}

func TestARequestThatTheSocketTakesInPiecesIsWhole(t *testing.T) {
	h := newByHand(t)
	query := strings.Repeat("q", 8<<20)
	relay := h.spawn(func(c *actors.Config) { c.URL += "/relay?" + query })
	conn, err := h.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	upgrader := ws.Upgrader{ReadBufferSize: 9 << 20, OnRequest: func(uri []byte) error {
		if string(uri) != "/relay?"+query {
			t.Errorf("the request is for %d bytes", len(uri))
		}
		return nil
	}}
	if _, err := upgrader.Upgrade(conn); err != nil {
		t.Fatal(err)
	}
	h.wantHello(conn)
	h.write(conn, greeting())
	h.wantReady(relay)
}

func TestARelayThatOutlivesItsEngineGoesOnWithItsUpgrade(t *testing.T) {
	h := newByHand(t)
	cfg := h.config()
	cfg.Backoff = time.Millisecond
	props, err := h.engine.RelayProps("bot", cfg)
	if err != nil {
		t.Fatal(err)
	}
	system := h.engine.System()
	relay, err := actors.RelayOf(t.Context(), system, system.Root.Spawn(props))
	if err != nil {
		t.Fatal(err)
	}
	conn, answer := h.asked()
	if err := h.engine.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time it begins without the engine's poller
		h.write(conn, answer)
		h.wantHello(conn)
		h.write(conn, greeting())
		h.wantReady(relay)
		_ = conn.Close()
		conn, answer = h.asked()
	}
	if err := relay.Close(t.Context()); err != nil {
		t.Error(err)
	}
	h.wantLeft(conn)
}
