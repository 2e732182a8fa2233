package connector_test

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

func TestEveryHelloIsAnsweredWithADescriptor(t *testing.T) {
	c := start(t, connector.Config{Platform: "slack"})
	g := dial(t, c, "")
	for _, tc := range []struct{ platform, want string }{{"discord", "discord"}, {"telegram", "telegram"}, {"", "slack"}} {
		g.send(wire.AppendHello(nil, wire.Hello{Platform: tc.platform, BotID: "b"}))
		d, err := wire.ParseDescriptor(g.expect("descriptor").Descriptor)
		if err != nil || d.Platform != tc.want || d.ContractVersion != 1 || !d.SupportsOp("prompt") {
			t.Fatalf("hello for %q answered %+v, %v", tc.platform, d, err)
		}
	}
	want := []connector.IdentityState{{Platform: "discord", BotID: "b"}, {Platform: "telegram", BotID: "b"}, {BotID: "b"}}
	if got := c.State()[connector.DefaultGateway].Identities; fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("identities %+v, want %+v", got, want)
	}
}

func TestDescriptorIsTheUsers(t *testing.T) {
	c := start(t, connector.Config{Descriptor: func(id wire.Identity) *wire.Descriptor {
		if id.BotID != "mine" {
			return nil
		}
		d := connector.DefaultDescriptor(id.Platform)
		d.MaxMessageLength = 17
		return d
	}})
	g := dial(t, c, "")
	for bot, want := range map[string]int{"mine": 17, "other": 2000} {
		g.send(wire.AppendHello(nil, wire.Hello{Platform: "discord", BotID: bot}))
		d, err := wire.ParseDescriptor(g.expect("descriptor").Descriptor)
		if err != nil || d.MaxMessageLength != want {
			t.Fatalf("bot %q: %+v, %v", bot, d, err)
		}
	}
}

func TestFramesArriveHoweverTheyAreCutIntoMessages(t *testing.T) {
	one := wire.AppendOutbound(nil, "r1", wire.NewSend("c", "ünïcode"), "", "")
	two := wire.AppendOutbound(nil, "r2", wire.NewSend("c", "b"), "", "")
	split := bytes.Index(one, []byte("ü")) + 1 // inside the rune
	both := append(append([]byte(nil), one...), two...)
	for name, send := range map[string]func(g *client){
		"one a message":     func(g *client) { g.send(one); g.send(two) },
		"several a message": func(g *client) { g.send(both) },
		"binary":            func(g *client) { g.frame(ws.OpBinary, true, both) },
		"blank lines, crlf": func(g *client) { g.send([]byte("\n \r\n" + strings.ReplaceAll(string(both), "\n", "\r\n"))) },
		"part of a frame":   func(g *client) { g.send(both[:split]); g.send(both[split:]) },
		"text then binary":  func(g *client) { g.send(both[:split]); g.frame(ws.OpBinary, true, both[split:]) },
		"fragmented": func(g *client) {
			g.frame(ws.OpText, false, both[:split])
			g.frame(ws.OpContinuation, true, both[split:])
		},
		"ping between fragments": func(g *client) {
			g.frame(ws.OpText, false, both[:split])
			g.expectSilence()
			g.frame(ws.OpContinuation, false, nil)
			g.frame(ws.OpContinuation, true, both[split:])
		},
		"byte by byte": func(g *client) {
			for i := range both {
				g.send(both[i : i+1])
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, connector.Config{})
			g := greet(t, c, "")
			send(g)
			for _, id := range []string{"r1", "r2"} {
				if m := g.expect("outbound_result"); m.RequestID != id {
					t.Fatalf("answer to %q, want %q", m.RequestID, id)
				}
			}
			if text, _ := c.Outbound(0)[0].Action.Field("content"); string(text) != `"ünïcode"` {
				t.Fatalf("content %s", text)
			}
		})
	}
}

func TestMalformedAndUnknownFramesLeaveTheSessionUp(t *testing.T) {
	c := start(t, connector.Config{})
	g := greet(t, c, "")
	for _, line := range []string{
		"{", "[]", "5", "null", `"hello"`, "not json", "{\"type\":\"hello\",\"platform\":\"\xff\"}", `{}`, `{"type":5}`,
		`{"type":"descriptor"}`, `{"type":"nonsense"}`, `{"type":"inbound_ack"}`, `{"type":"inbound_ack","bufferId":{}}`,
		`{"type":"outbound"}`, `{"type":"outbound","action":{"op":"send"}}`, `{"type":"interrupt"}`,
	} {
		g.send([]byte(line + "\n"))
	}
	g.expectSilence()
	inject(t, c, "fine")
	g.expectEvent("fine")
}

func TestOutboundWhoseActionIsNoObjectFails(t *testing.T) {
	c := start(t, connector.Config{})
	g := greet(t, c, "")
	g.send([]byte(`{"type":"outbound","requestId":"r1","action":5}` + "\n"))
	m := g.expect("outbound_result")
	if r := wire.ParseResult(m.Result); m.RequestID != "r1" || r.Success || r.Error == "" {
		t.Fatalf("answered %q %s", m.RequestID, m.Result)
	}
	if n := len(c.Outbound(0)); n != 0 {
		t.Fatalf("%d actions were recorded", n)
	}
}

func TestLineBeyondMaxFrameIsClosed1009(t *testing.T) {
	c := start(t, connector.Config{MaxFrame: 1 << 20})
	g := greet(t, c, "")
	chunk := bytes.Repeat([]byte("x"), 1<<19)
	for range 3 {
		g.send(chunk)
	}
	g.expectClose(wire.CloseTooBig, "")
}

func TestBreachesOfTheWebSocketProtocolAreClosed1002(t *testing.T) {
	masked := func(op ws.OpCode, fin bool, payload string) []byte {
		return ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, []byte(payload))))
	}
	for name, raw := range map[string][]byte{
		"unmasked":                  ws.MustCompileFrame(ws.NewTextFrame([]byte("{}\n"))),
		"reserved op":               masked(0x3, true, "x"),
		"continuation of nothing":   masked(ws.OpContinuation, true, "x"),
		"message inside a message":  append(masked(ws.OpText, false, "x"), masked(ws.OpText, true, "x")...),
		"fragmented ping":           masked(ws.OpPing, false, "x"),
		"oversized ping":            masked(ws.OpPing, true, strings.Repeat("x", 126)),
		"close of one byte":         masked(ws.OpClose, true, "x"),
		"close with an unsent code": masked(ws.OpClose, true, string(ws.NewCloseFrameBody(1006, ""))),
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, connector.Config{})
			g := greet(t, c, "")
			if _, err := g.conn.Write(raw); err != nil {
				t.Fatal(err)
			}
			g.expectClose(wire.CloseProtocol, "")
			greet(t, c, "")
		})
	}
}

func TestCloseHandshakeIsAnswered(t *testing.T) {
	for name, payload := range map[string][]byte{
		"with a code": ws.NewCloseFrameBody(1000, "bye"), "private code": ws.NewCloseFrameBody(4321, ""), "without a code": nil,
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, connector.Config{})
			g := greet(t, c, "")
			g.frame(ws.OpClose, true, payload)
			f, err := g.next()
			if err != nil || f.Header.OpCode != ws.OpClose || len(f.Payload) < min(2, len(payload)) {
				t.Fatalf("answered op %x %q, %v", f.Header.OpCode, f.Payload, err)
			}
			if len(payload) > 0 && !bytes.Equal(f.Payload[:2], payload[:2]) {
				t.Fatalf("answered %q to %q", f.Payload, payload)
			}
			g.expectEnd()
			greet(t, c, "")
		})
	}
}

func TestConnectorPingsAndDropsASilentPeer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const interval = 30 * time.Second
		c := start(t, connector.Config{Listener: listenInMemory(), PingInterval: interval})
		g := greet(t, c, "")
		_ = g.conn.SetDeadline(time.Time{})
		begun := time.Now()
		wantPing := func(after time.Duration) []byte {
			t.Helper()
			f, err := g.next()
			if err != nil || f.Header.OpCode != ws.OpPing || time.Since(begun) != after {
				t.Fatalf("got op %x after %v, %v, want a ping after %v", f.Header.OpCode, time.Since(begun), err, after)
			}
			return f.Payload
		}
		for n := range 3 {
			g.frame(ws.OpPong, true, wantPing(time.Duration(n+1)*interval))
		}
		wantPing(4 * interval) // and is silent from here on
		f, err := g.next()
		if f.Header.OpCode == ws.OpPing { // the fifth is due as the peer's time is up
			f, err = g.next()
		}
		code, _ := ws.ParseCloseFrameData(f.Payload)
		if took := time.Since(begun); err != nil || f.Header.OpCode != ws.OpClose || code != wire.CloseInternal ||
			took != 5*interval {
			t.Fatalf("got op %x %q after %v, %v", f.Header.OpCode, f.Payload, took, err)
		}
		eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return !s.Connected })
	})
}

func TestBytesSentWithTheUpgradeRequestAreRead(t *testing.T) {
	c := start(t, connector.Config{})
	conn, err := net.Dial("tcp", c.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	request := "GET /relay HTTP/1.1\r\nHost: " + c.Addr() + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
	hello := ws.MaskFrame(ws.NewTextFrame(wire.AppendHello(nil, wire.Hello{Platform: "discord"})))
	if _, err := conn.Write(append([]byte(request), ws.MustCompileFrame(hello)...)); err != nil {
		t.Fatal(err)
	}
	br := bufio.NewReader(conn)
	response, err := http.ReadResponse(br, nil)
	if err != nil || response.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("upgrade answered %v, %v", response, err)
	}
	(&client{t: t, conn: conn, br: br}).expect("descriptor")
}

func TestPlainRequestsToTheRelayAreToldToUpgrade(t *testing.T) {
	c := start(t, connector.Config{})
	for path, want := range map[string]int{"/relay": http.StatusUpgradeRequired, "/": http.StatusNotFound, "/dev/state": http.StatusNotFound} {
		if got, _ := request(t, c, http.MethodGet, path, "", nil); got != want {
			t.Errorf("GET %s answered %d, want %d", path, got, want)
		}
	}
}

func TestInterruptsReachTheOtherSide(t *testing.T) {
	type seen struct {
		gateway string
		wire.Interrupt
	}
	got := make(chan seen, 1)
	c := start(t, connector.Config{OnInterrupt: func(gateway string, i wire.Interrupt) { got <- seen{gateway, i} }})
	if err := c.Interrupt("", wire.InterruptInbound{SessionKey: "k"}); err != connector.ErrNotConnected {
		t.Fatalf("interrupting nobody: %v", err)
	}
	g := greet(t, c, "")
	if err := c.Interrupt("", wire.InterruptInbound{SessionKey: "k", ChatID: "c"}); err != nil {
		t.Fatal(err)
	}
	if m := g.expect("interrupt_inbound"); m.SessionKey != "k" || m.ChatID != "c" {
		t.Fatalf("got %+v", m)
	}
	reason := "stop"
	g.send(wire.AppendInterrupt(nil, "k", &reason))
	if i := <-got; i.gateway != connector.DefaultGateway || i.SessionKey != "k" || i.Reason == nil || *i.Reason != reason {
		t.Fatalf("got %+v", i)
	}
}

func TestCloseSessionWritesWhatWaitsAndThenTheCode(t *testing.T) {
	c := start(t, connector.Config{Live: true})
	g := greet(t, c, "")
	inject(t, c, "last words")
	if err := c.CloseSession("", 4001, "as you wish"); err != nil {
		t.Fatal(err)
	}
	if c.State()[connector.DefaultGateway].Connected {
		t.Fatal("the gateway is still connected")
	}
	g.expectEvent("last words")
	next := greet(t, c, "") // the old socket still stands
	g.expectClose(4001, "as you wish")
	inject(t, c, "hello again")
	next.expectEvent("hello again")
}

func TestCloseSessionRefusesWhatNoCloseFrameMayCarry(t *testing.T) {
	c := start(t, connector.Config{})
	greet(t, c, "")
	for _, code := range []int{0, 999, 1004, 1005, 1006, 1015, 2999, 5000} {
		if err := c.CloseSession("", code, ""); err == nil {
			t.Errorf("code %d was taken", code)
		}
	}
	for _, reason := range []string{strings.Repeat("x", 124), "\xff"} {
		if err := c.CloseSession("", 1000, reason); err == nil {
			t.Errorf("reason %q was taken", reason)
		}
	}
}

func TestCutTearsAFrameAndHangsUp(t *testing.T) {
	c := start(t, connector.Config{})
	g := greet(t, c, "")
	if err := c.Cut(""); err != nil {
		t.Fatal(err)
	}
	h, err := ws.ReadHeader(g.br)
	if err != nil || h.OpCode != ws.OpText {
		t.Fatalf("header %+v, %v, want a text frame's", h, err)
	}
	rest := new(bytes.Buffer)
	if n, _ := rest.ReadFrom(g.br); n == 0 || n >= h.Length {
		t.Fatalf("%d of %d bytes followed, want some and not all", n, h.Length)
	}
	greet(t, c, "")
	if err := c.Cut("nobody"); err == nil {
		t.Fatal("an unknown gateway was cut")
	}
}

func TestConnectorClosesSessions1001(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := connector.Start(connector.Config{Listener: listenInMemory()})
		if err != nil {
			t.Fatal(err)
		}
		g := greet(t, c, "")
		inject(t, c, "last words")
		closed := make(chan struct{})
		go func() { defer close(closed); stop(t, c) }()
		g.expectEvent("last words")
		g.expectClose(wire.CloseGoingAway, "")
		<-closed
		if _, err := c.Inject("", event("late")); err != connector.ErrClosed {
			t.Fatalf("injecting after Close: %v", err)
		}
		if _, err := dialAny(t.Context(), "tcp", c.Addr()); err == nil {
			t.Fatal("the listener still accepts")
		}
	})
}

func TestConnectorClosesThoughPeersAreStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := connector.Start(connector.Config{Listener: listenInMemory()})
		if err != nil {
			t.Fatal(err)
		}
		greet(t, c, "")                                   // never answers the close frame
		raw, err := dialAny(t.Context(), "tcp", c.Addr()) // never sends a request
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		stop(t, c)
		if took := time.Since(begun); took != time.Second {
			t.Errorf("closing took %v", took)
		}
		_ = raw.Close()
	})
}

func resultOf(t *testing.T, raw json.RawMessage) wire.Result {
	t.Helper()
	r := wire.ParseResult(raw)
	if !r.Success {
		t.Fatalf("result %s", raw)
	}
	return r
}
