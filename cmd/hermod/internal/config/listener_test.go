package config_test

import (
	"bytes"
	"crypto/x509"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/internal/authority"
)

// tokensOf is a good file with these tokens.
func tokensOf(tokens string) string { return "http: {tokens: [" + tokens + "]}\n" + head + bot }

type pemPair struct{ certificate, key string }

// serverPair is a certificate of its own that expired in 2001, with its key.
var serverPair = sync.OnceValue(func() pemPair {
	pair, err := authority.SelfSigned(&x509.Certificate{NotAfter: time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC)})
	if err != nil {
		panic(err)
	}
	certificate, key, err := authority.PEM(pair)
	if err != nil {
		panic(err)
	}
	return pemPair{string(certificate), string(key)}
})

func TestASocketIsLocalAndItsPathAbsolute(t *testing.T) {
	path := write(t, "http: {listen: 'unix:run/hermod.sock', socket_mode: '600'}\n"+head+bot)
	cfg, err := config.Load(path, nil)
	must(t, err)
	l := cfg.HTTP.Listener()
	if socket, is := l.SocketPath(); !is || socket != filepath.Join(filepath.Dir(path), "run/hermod.sock") ||
		l.Mode != 0o600 || !l.Open || !l.AnyHost || len(cfg.Notes) > 0 {
		t.Errorf("listens at %+v, notes %q", l, cfg.Notes)
	}
	if cfg.Metrics.Listener() != nil {
		t.Errorf("metrics are served at %+v besides", cfg.Metrics.Listener())
	}
}

func TestClientCertificatesStandForTheTokenOffLoopback(t *testing.T) {
	cfg := load(t, "http: {listen: '0.0.0.0:1', pprof: true, tls: {certificate: server.pem, key: server.key, client_ca: server.pem}}\n"+head+bot)
	if l := cfg.HTTP.Listener(); !l.Open || !l.AnyHost || l.TLS.Config.ClientCAs == nil || cfg.HTTP.Public {
		t.Errorf("listens at %+v", l)
	}
	if len(cfg.Files) != 3 {
		t.Errorf("follows %v", cfg.Files)
	}
}

func TestACertificateThatExpiredIsNotedAndServed(t *testing.T) {
	cfg := load(t, "http: {tls: {certificate: server.pem, key: server.key}}\n"+head+bot)
	if len(cfg.Notes) != 1 || !strings.Contains(cfg.Notes[0], "expired on 2001-02-03") || cfg.HTTP.TLS.Expires.Year() != 2001 {
		t.Errorf("notes %q", cfg.Notes)
	}
}

func TestTokensInTheClearAreNoted(t *testing.T) {
	cfg := load(t, "http: {listen: '0.0.0.0:1', token: {file: good}}\n"+head+bot)
	if len(cfg.Notes) != 1 || !strings.Contains(cfg.Notes[0], "http.tls") {
		t.Errorf("notes %q", cfg.Notes)
	}
}

func TestMetricsHaveRulesOfTheirOwn(t *testing.T) {
	cfg := load(t, "http: {tokens: [{name: a, token: {file: long}, roles: [metrics]}]}\nmetrics: {listen: '0.0.0.0:9470', auth: 'off'}\n"+head+bot)
	if cfg.HTTP.Listener().Open || !cfg.Metrics.Listener().Open || !cfg.Metrics.Listener().AnyHost || len(cfg.Notes) != 1 {
		t.Errorf("%+v, %+v, notes %q", cfg.HTTP.Listener(), cfg.Metrics.Listener(), cfg.Notes)
	}
	if cfg := load(t, "http: {listen: 'off', token: {file: good}}\nmetrics: {listen: '127.0.0.1:9470'}\n"+head+bot); cfg.HTTP.Listener() != nil || cfg.Metrics.Listener().Open {
		t.Errorf("%+v", cfg.Metrics)
	}
}

func TestATokenIsRotatedUnderItsName(t *testing.T) {
	cfg := load(t, tokensOf("{name: a, token: {file: long}, roles: [read, act], bots: [x, y]}, {name: a, token: {env: NEXT}, roles: [act, read], bots: [y, x]}"),
		"NEXT=canary-next-0001")
	if len(cfg.HTTP.Tokens) != 2 || cfg.HTTP.Auth != config.AuthRequired || cfg.HTTP.Tokens[1].Token.Reveal() != "canary-next-0001" {
		t.Errorf("tokens are %+v", cfg.HTTP.Tokens)
	}
}

func TestProxiesAreNetworksOrTheSocket(t *testing.T) {
	cfg := load(t, "http: {trusted_proxies: [10.1.2.3/8, '::1', unix]}\n"+head+bot)
	p := cfg.HTTP.Proxies
	if !p.Unix || len(p.Networks) != 2 || p.Networks[0].String() != "10.0.0.0/8" || p.Networks[1].String() != "::1/128" {
		t.Errorf("proxies are %+v", p)
	}
}

func TestAKeyThatIsNotTheCertificatesDoesNotShow(t *testing.T) {
	path := write(t, "http: {tls: {certificate: server.pem, key: other.key}}\n"+head+bot)
	other := bytes.Replace([]byte(serverPair().key), []byte("M"), []byte("N"), 1)
	must(t, os.WriteFile(filepath.Join(filepath.Dir(path), "other.key"), other, 0o600))
	_, err := config.Load(path, nil)
	if secret := strings.Split(serverPair().key, "\n")[1][8:]; err == nil || strings.Contains(err.Error(), secret) {
		t.Errorf("error is %v", err)
	}
}

func TestTheListenersOfTheManualCanBe(t *testing.T) {
	manual, err := os.ReadFile("../../README.md")
	must(t, err)
	_, after, found := strings.Cut(string(manual), "```yaml\nhttp:\n  listen: ")
	shown, _, closed := strings.Cut(after, "```")
	if !found || !closed {
		t.Fatal("the manual shows no listeners")
	}
	path := write(t, "http:\n  listen: "+shown+"bots: []\n")
	for _, name := range []string{"admin", "desk", "support", "prometheus"} {
		must(t, os.WriteFile(filepath.Join(filepath.Dir(path), name+".token"), []byte("the long token of "+name), 0o600))
	}
	cfg, err := config.Load(path, nil)
	must(t, err)
	if h := cfg.HTTP; len(h.Tokens) != 3 || h.TLS == nil || cfg.Metrics.Listener() == nil || len(h.Proxies.Networks) != 1 {
		t.Errorf("HTTP is %+v, metrics %+v", h, cfg.Metrics)
	}
}
