package connector_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"

	"hermod/connector"
	"hermod/wire"
)

// registered is a connector with the gateway g1, which has registered a wake URL.
func registered(t *testing.T, wakeURL string, adjust func(*connector.Config)) (*connector.Connector, int, string) {
	t.Helper()
	cfg := withTenant(&lockedBuffer{})
	cfg.Dev = false
	if adjust != nil {
		adjust(&cfg)
	}
	c := start(t, cfg)
	status, answer := postAs(t, c, wire.ProvisionPath, identityToken,
		`{"gatewayId":"g1","platform":"discord","wakeUrl":"`+wakeURL+`"}`)
	return c, status, answer
}

func TestAWakeURLToAnAddressThatIsNotPublicIsRefusedAtItsRegistration(t *testing.T) {
	for _, host := range []string{
		"127.0.0.1", "127.9.9.9:22", "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "0.0.0.0", "255.255.255.255",
		"169.254.169.254", "224.0.0.1", "[::1]", "[::]", "[fe80::1]", "[fe80::1%25eth0]", "[fd00:ec2::254]", "[ff02::1]",
		"[::ffff:127.0.0.1]", "[::ffff:a9fe:a9fe]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[::127.0.0.1]",
	} {
		_, status, answer := registered(t, "http://"+host+"/wake", nil)
		if status != http.StatusBadRequest || !strings.Contains(answer, "register a public address") {
			t.Errorf("%s: answered %d %s", host, status, answer)
		}
	}
	for _, raw := range []string{"file:///etc/passwd", "gopher://h/", "//h/wake", "http:///wake", "http://user:canary@h.example/"} {
		_, status, answer := registered(t, raw, nil)
		if status != http.StatusBadRequest || strings.Contains(answer, "canary") {
			t.Errorf("%s: answered %d %s", raw, status, answer)
		}
	}
	if _, status, answer := registered(t, "https://93.184.215.14/wake", nil); status != http.StatusOK {
		t.Errorf("a public address: answered %d %s", status, answer)
	}
}

// names answers every question of this process's resolver with the address, until the test ends.
func names(t *testing.T, address [4]byte) {
	t.Helper()
	server, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		question := make([]byte, 512)
		for {
			n, from, err := server.ReadFrom(question)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if err := m.Unpack(question[:n]); err != nil {
				t.Errorf("the resolver asks %v", err)
				return
			}
			m.Response, m.Additionals = true, nil
			if m.Questions[0].Type == dnsmessage.TypeA {
				m.Answers = []dnsmessage.Resource{{Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name,
					Class: dnsmessage.ClassINET}, Body: &dnsmessage.AResource{A: address}}}
			}
			answer, err := m.Pack()
			if err != nil {
				t.Errorf("answering the resolver: %v", err)
			}
			_, _ = server.WriteTo(answer, from)
		}
	}()
	before := net.DefaultResolver
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp4", server.LocalAddr().String())
	}}
	t.Cleanup(func() {
		net.DefaultResolver = before
		_ = server.Close()
		<-done
	})
}

func TestAWakeURLWhoseNameLeadsElsewhereLaterIsNotCalled(t *testing.T) {
	inside, pokes := wakeServer(t, http.StatusOK)
	_, port, _ := net.SplitHostPort(strings.TrimSuffix(strings.TrimPrefix(inside, "http://"), "/wake"))
	names(t, [4]byte{127, 0, 0, 1})
	for _, host := range []string{"rebound.example", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"} {
		c, status, answer := registered(t, "http://"+host+":"+port+"/wake", nil)
		if status != http.StatusOK {
			t.Fatalf("%s: answered %d %s", host, status, answer)
		}
		err := c.Wake(t.Context(), "g1")
		if !errors.Is(err, connector.ErrWakeForbidden) && (host == "rebound.example" || !errors.Is(err, connector.ErrWakeFailed)) {
			t.Errorf("%s: %v", host, err)
		}
	}
	if len(pokes) != 0 {
		t.Error("a service on the connector's own machine was called")
	}
}

func TestAWakeURLMayLeadToANetworkThatTheOperatorAllows(t *testing.T) {
	inside, pokes := wakeServer(t, http.StatusOK)
	for name, adjust := range map[string]func(*connector.Config){
		"by its network": func(cfg *connector.Config) {
			cfg.WakeNetworks = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
		},
		"on loopback for development": func(cfg *connector.Config) { cfg.Dev = true },
		"by the operator's own URL":   func(cfg *connector.Config) { cfg.WakeURLs = map[string]string{"g1": inside} },
	} {
		url := inside
		if name == "by the operator's own URL" {
			url = "https://public.example/wake"
		}
		c, status, answer := registered(t, url, adjust)
		if status != http.StatusOK {
			t.Fatalf("%s: answered %d %s", name, status, answer)
		}
		if err := c.Wake(t.Context(), "g1"); err != nil || len(pokes) != 1 {
			t.Fatalf("%s: %v, %d pokes", name, err, len(pokes))
		}
		<-pokes
	}
	development := func(cfg *connector.Config) { cfg.Dev = true }
	for _, url := range []string{"http://10.0.0.1/", "http://[fe80::1]/"} {
		if _, status, _ := registered(t, url, development); status != http.StatusBadRequest {
			t.Errorf("%s: answered %d", url, status)
		}
	}
}

func TestARegisteredWakeURLIsNotFollowedToAnotherPlace(t *testing.T) {
	fine, pokes := wakeServer(t, http.StatusOK)
	moved := httptest.NewServer(http.RedirectHandler(fine, http.StatusTemporaryRedirect))
	t.Cleanup(moved.Close)
	c, _, _ := registered(t, moved.URL, func(cfg *connector.Config) { cfg.Dev = true })
	if err := c.Wake(t.Context(), "g1"); !errors.Is(err, connector.ErrWakeFailed) || len(pokes) != 0 {
		t.Errorf("%v, %d pokes", err, len(pokes))
	}
}

func TestTheHeadOfAWakeAnswerIsBounded(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Much", strings.Repeat("x", 64<<10))
	}))
	t.Cleanup(server.Close)
	c, _, _ := registered(t, server.URL, func(cfg *connector.Config) { cfg.Dev = true })
	if err := c.Wake(t.Context(), "g1"); !errors.Is(err, connector.ErrWakeFailed) {
		t.Error(err)
	}
}

func TestAnInvalidWakeNetworkIsRefused(t *testing.T) {
	err := (&connector.Config{WakeNetworks: []netip.Prefix{{}}}).Validate()
	var config *wire.ConfigError
	if !errors.As(err, &config) || config.Field != "WakeNetworks" {
		t.Error(err)
	}
}
