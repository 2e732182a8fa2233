package connector_test

import (
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"

	"github.com/gobwas/ws"

	"hermod/connector"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// knowing is a connector that shares the gateways in known with others.
func knowing(t *testing.T, known map[string]bool, gateways map[string][]wire.Secret) *connector.Connector {
	t.Helper()
	return start(t, connector.Config{Listener: listenInMemory(), Gateways: gateways, Embedding: connector.Embedding{
		Elsewhere: connector.Elsewhere{Knows: func(gateway string) bool { return known[gateway] }}}})
}

func TestAGatewayThatIsElsewhereIsAskedToComeBackAndOthersAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known := map[string]bool{"moves": true}
		c := knowing(t, known, map[string][]wire.Secret{"moves": {"m"}, "removed": {"r"}, "stays": {"s"}})
		moves, removed := greet(t, c, token("moves", "m")), greet(t, c, token("removed", "r"))
		stays := greet(t, c, token("stays", "s"))
		if err := c.SetCredentials(map[string][]wire.Secret{"stays": {"s"}}, nil, nil); err != nil {
			t.Fatal(err)
		}
		moves.expectClose(1012, "the gateway's bot is moving")
		removed.expectClose(4401, "unauthorized")
		stays.expectSilence()
		dial(t, c, token("moves", "m")).expectClose(1012, "the gateway's bot is moving")
		dial(t, c, token("removed", "r")).expectClose(4401, "unauthorized")
		dial(t, c, token("stays", "wrong")).expectClose(4401, "unauthorized")
		if err := c.SetCredentials(nil, nil, nil); err != nil {
			t.Fatal(err)
		}
		stays.expectClose(4401, "unauthorized")
		dial(t, c, "").expectClose(4401, "unauthorized")
		dial(t, c, token("", "")).expectClose(4401, "unauthorized")
	})
}

func TestWithoutAnyGatewayOfItsOwnNobodyIsLetIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := knowing(t, nil, nil)
		dial(t, c, "").expectClose(4401, "unauthorized")
		dial(t, c, token(connector.DefaultGateway, "x")).expectClose(4401, "unauthorized")
	})
}

func TestARequestThatIsTakenIsServedNowhereElse(t *testing.T) {
	taken := make(chan string, 4)
	c := start(t, connector.Config{Gateways: map[string][]wire.Secret{"a": {"a"}}, Embedding: connector.Embedding{
		Elsewhere: connector.Elsewhere{Take: func(gateway string, w http.ResponseWriter, r *http.Request) bool {
			if gateway == "a" {
				return false
			}
			taken <- gateway + " " + r.URL.Path
			w.WriteHeader(http.StatusTeapot)
			return true
		}}}})
	base := "http://" + c.Addr()
	for path, want := range map[string]int{"/relay": http.StatusTeapot, wire.PolicyPath: http.StatusTeapot} {
		request, _ := http.NewRequest(http.MethodPost, base+path, nil)
		request.Header.Set("Authorization", "Bearer "+token("b", "no-secret-of-gateway-b"))
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if got := <-taken; answer.StatusCode != want || got != "b "+path {
			t.Errorf("%s: %d, taken %q", path, answer.StatusCode, got)
		}
	}
	greet(t, c, token("a", "a"))
	if len(taken) > 0 {
		t.Errorf("%q was taken", <-taken)
	}
}

// TestAConnectionThatWasTakenKeepsWhatTheGatewayDialled asks for the base of the HTTP plane, which events name.
func TestAConnectionThatWasTakenKeepsWhatTheGatewayDialled(t *testing.T) {
	bases := make(chan string, 4)
	brought := wiretest.NewListener()
	c := start(t, connector.Config{Gateways: map[string][]wire.Secret{"a": {"a"}}, Embedding: connector.Embedding{
		Outgoing:  func(_, base string, object []byte) []byte { bases <- base; return object },
		Elsewhere: connector.Elsewhere{Taken: brought}}})
	conn, err := brought.Dial(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	go func() { _, _ = io.Copy(io.Discard, conn) }()
	for _, piece := range []string{"GET /relay HTTP/1.1\r\nHost: gw.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n",
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
		connector.SecuredHeader + ": https\r\nAuthorization: Bearer " + token("a", "a") + "\r\n\r\n"} {
		write(t, conn, []byte(piece))
	}
	hello := wire.AppendHello(nil, wire.Hello{Platform: "discord", BotID: "b1"})
	write(t, conn, ws.MustCompileFrame(ws.MaskFrame(ws.NewTextFrame(hello))))
	if _, err := c.Inject("a", event("x")); err != nil {
		t.Fatal(err)
	}
	if base := <-bases; base != "https://gw.example" {
		t.Errorf("the base is %q", base)
	}
}

func write(t *testing.T, to net.Conn, data []byte) {
	t.Helper()
	if _, err := to.Write(data); err != nil {
		t.Fatal(err)
	}
}
