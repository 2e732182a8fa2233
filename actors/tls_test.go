package actors_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"hermod/actors"
	"hermod/wire"
	"hermod/wire/wiretest"
)

// overTLS spawns a relay that dials a connector behind TLS and returns its first state after connecting.
func overTLS(t *testing.T, server *tls.Config, client actors.TLS) actors.Status {
	t.Helper()
	srv := wiretest.ListenTLS(t, server)
	srv.Handle(wiretest.Serve)
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer srv.Close()
	defer func() { _ = engine.Close(t.Context()) }()
	relay, err := engine.Spawn("bot", actors.Config{URL: srv.URL(), TLS: client, Handlers: (&gateway{}).handlers(),
		Identities: []wire.Identity{{Platform: "discord"}}})
	if err != nil {
		t.Fatal(err)
	}
	for s := range relay.Watch(t.Context()) {
		if s.State == "ready" || s.State == "backoff" {
			return s
		}
	}
	return actors.Status{}
}

func TestTLSVerifiesAgainstTheGivenAuthority(t *testing.T) {
	authority, stranger := wiretest.NewAuthority(t), wiretest.NewAuthority(t)
	server := &tls.Config{Certificates: []tls.Certificate{authority.Certificate()}}
	for _, c := range []struct {
		name   string
		client actors.TLS
		want   actors.State
	}{
		{"known authority", actors.TLS{RootCAs: authority.Pool()}, "ready"},
		{"another authority", actors.TLS{RootCAs: stranger.Pool()}, "backoff"},
		{"the system's authorities", actors.TLS{}, "backoff"},
		{"another name", actors.TLS{RootCAs: authority.Pool(), ServerName: "elsewhere.example"}, "backoff"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := overTLS(t, server, c.client)
			if s.State != c.want || c.want == "backoff" && !strings.Contains(s.LastError, "certificate") {
				t.Errorf("state is %s: %s", s.State, s.LastError)
			}
		})
	}
}

func TestTLSShowsAClientCertificate(t *testing.T) {
	authority := wiretest.NewAuthority(t)
	server := &tls.Config{Certificates: []tls.Certificate{authority.Certificate()},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: authority.Pool()}
	if s := overTLS(t, server, actors.TLS{RootCAs: authority.Pool(),
		Certificates: []tls.Certificate{authority.Certificate()}}); s.State != "ready" {
		t.Errorf("with a certificate: %s: %s", s.State, s.LastError)
	}
	if s := overTLS(t, server, actors.TLS{RootCAs: authority.Pool()}); s.State != "backoff" {
		t.Errorf("without one: %s", s.State)
	}
}

func TestADialGoesThroughTheProxyOfTheEnvironment(t *testing.T) {
	srv := wiretest.Listen(t)
	srv.Handle(wiretest.Serve)
	proxy := startProxy(t, strings.TrimSuffix(strings.TrimPrefix(srv.URL(), "ws://"), "/relay"))
	t.Setenv("HTTP_PROXY", "http://user:pass@"+proxy.Addr().String())
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	relay, err := engine.Spawn("bot", actors.Config{URL: "ws://connector.example:8466", Handlers: (&gateway{}).handlers(),
		Identities: []wire.Identity{{Platform: "discord"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := relay.Handshake(t.Context()); err != nil {
		t.Fatal(err)
	}
	if asked := <-proxy.asked; asked.Host != "connector.example:8466" || asked.Header.Get("Proxy-Authorization") != "Basic dXNlcjpwYXNz" {
		t.Errorf("the proxy was asked for %s with %v", asked.Host, asked.Header)
	}
	if err := engine.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	srv.Close()
}

func TestAProxyThatRefusesIsADialErrorWithoutItsPassword(t *testing.T) {
	proxy := startProxy(t, "")
	t.Setenv("HTTP_PROXY", "http://user:pa55word@"+proxy.Addr().String())
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	relay, err := engine.Spawn("bot", actors.Config{URL: "ws://connector.example:8466", NoReconnect: true,
		Handlers: (&gateway{}).handlers(), Identities: []wire.Identity{{Platform: "discord"}}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = relay.Handshake(t.Context())
	if err == nil || !strings.Contains(err.Error(), "proxy answered HTTP 407") || strings.Contains(err.Error(), "pa55word") {
		t.Errorf("error is %v", err)
	}
	<-proxy.asked
	if err := engine.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestAProxyWhoseAnswerHasNoEndIsADialError(t *testing.T) {
	proxy := startProxy(t, "endless")
	t.Setenv("HTTP_PROXY", "http://"+proxy.Addr().String())
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	relay, err := engine.Spawn("bot", actors.Config{URL: "ws://connector.example:8466", NoReconnect: true,
		DialTimeout: time.Hour, Handlers: (&gateway{}).handlers(), Identities: []wire.Identity{{Platform: "discord"}}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = relay.Handshake(t.Context()); err == nil || !strings.Contains(err.Error(), "open tunnel through proxy") {
		t.Errorf("error is %v", err)
	}
	if err := engine.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// proxy is an HTTP proxy that knows CONNECT only.
type proxy struct {
	net.Listener
	asked chan *http.Request
}

// startProxy tunnels every CONNECT to target, whatever it asks for, or refuses all when target is empty. The target
// "endless" gets an answer without an end.
func startProxy(t *testing.T, target string) *proxy {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener, make(chan *http.Request, 8)}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(conn, target)
		}
	}()
	return p
}

func (p *proxy) serve(conn net.Conn, target string) {
	defer conn.Close()
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil || request.Method != http.MethodConnect {
		return
	}
	p.asked <- request
	if target == "" {
		_, _ = io.WriteString(conn, "HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
		return
	}
	if target == "endless" {
		_, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
		for ; err == nil; _, err = io.WriteString(conn, "X-More: x\r\n") {
		}
		return
	}
	far, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() {
		_, _ = io.Copy(far, conn)
		_ = far.Close()
	}()
	_, _ = io.Copy(conn, far)
}

func TestADescriptorThatComesInOneSegmentWithTheUpgradeIsReadOverTLS(t *testing.T) {
	authority := wiretest.NewAuthority(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = engine.Close(t.Context()) }()
	relay, err := engine.Spawn("bot", actors.Config{URL: "wss://" + listener.Addr().String(),
		TLS: actors.TLS{RootCAs: authority.Pool()}, Handlers: (&gateway{}).handlers(),
		Identities: []wire.Identity{{Platform: "discord"}}})
	if err != nil {
		t.Fatal(err)
	}
	socket, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer socket.Close()
	below := &wiretest.Gathering{Conn: socket}
	conn := tls.Server(below, &tls.Config{Certificates: []tls.Certificate{authority.Certificate()}})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	below.Gathers = true
	if _, err := ws.Upgrade(conn); err != nil {
		t.Fatal(err)
	}
	line := wire.AppendDescriptor(nil, wiretestDescriptor)
	if err := ws.WriteFrame(conn, ws.NewTextFrame(append(line, '\n'))); err != nil {
		t.Fatal(err)
	}
	if _, err := socket.Write(below.Kept); err != nil {
		t.Fatal(err)
	}
	if _, err := relay.Handshake(t.Context()); err != nil {
		t.Error(err)
	}
}
