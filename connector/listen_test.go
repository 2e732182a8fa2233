package connector_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/actors"
	"hermod/connector"
	"hermod/wire"
)

// socketPath is short enough for the kernel.
func socketPath(t *testing.T) string {
	t.Helper()
	folder, err := os.MkdirTemp("", "c")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	return filepath.Join(folder, "s")
}

// over is a client of a unix socket.
func over(t *testing.T, path string) *http.Client {
	t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", path)
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial}, Timeout: patience}
}

func TestAUnixSocketServesAndGoesAwayAtTheEnd(t *testing.T) {
	path := socketPath(t)
	c := start(t, connector.Config{Listen: "unix:" + path, Dev: true})
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o660 || c.Addr() != "unix:"+path {
		t.Errorf("%s: %v, %v", c.Addr(), info, err)
	}
	response, err := over(t, path).Get("http://localhost/dev/state")
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if !strings.Contains(string(body), `"default"`) {
		t.Errorf("answered %s", body)
	}
	stop(t, c)
	if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAUnixSocketThatADeadProcessLeftIsReplacedAndALiveOneIsNot(t *testing.T) {
	path := socketPath(t)
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	_ = dead.Close()
	start(t, connector.Config{Listen: "unix:" + path})
	_, err = connector.Start(connector.Config{Listen: "unix:" + path})
	if err == nil || !strings.Contains(err.Error(), "end the program that listens there") {
		t.Errorf("a second connector: %v", err)
	}
	response, err := over(t, path).Get("http://localhost/relay")
	if err != nil {
		t.Fatalf("the first one is gone: %v", err)
	}
	_ = response.Body.Close()
}

func TestAFileInTheSocketsPlaceIsLeftAlone(t *testing.T) {
	path := socketPath(t)
	if err := os.WriteFile(path, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := connector.Start(connector.Config{Listen: "unix:" + path})
	if content, _ := os.ReadFile(path); err == nil || string(content) != "precious" ||
		!strings.Contains(err.Error(), "is there and no socket") {
		t.Errorf("%v, and the file holds %q", err, content)
	}
}

func TestAGatewayDialsOverTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS() // for its certificate
	t.Cleanup(server.Close)
	c := start(t, connector.Config{TLS: server.TLS})
	if !strings.HasPrefix(c.URL(), "wss://") || !strings.HasPrefix(c.MediaURL("x"), "https://") {
		t.Errorf("the URLs are %s and %s", c.URL(), c.MediaURL("x"))
	}
	engine, err := actors.New(actors.EngineConfig{})
	if err != nil {
		t.Fatal(err)
	}
	events := make(chan string, 1)
	authorities := x509.NewCertPool()
	authorities.AddCert(server.Certificate())
	_, err = engine.Spawn("bot", actors.Config{URL: c.URL(), TLS: actors.TLS{RootCAs: authorities},
		Identities: []wire.Identity{{Platform: "discord", BotID: "b1"}},
		Handlers: actors.Handlers{Inbound: func(_ context.Context, d *actors.Inbound) error {
			events <- d.Event.Text
			return nil
		}}})
	if err != nil {
		t.Fatal(err)
	}
	injectBuffered(t, c, "over TLS")
	if text := <-events; text != "over TLS" {
		t.Errorf("got %q", text)
	}
	eventually(t, c, connector.DefaultGateway, func(s connector.GatewayState) bool { return s.Buffered == 0 })
	if err := engine.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestTLSNeedsACertificate(t *testing.T) {
	var config *wire.ConfigError
	err := (&connector.Config{TLS: &tls.Config{MinVersion: tls.VersionTLS12}}).Validate()
	if !errors.As(err, &config) || config.Field != "TLS" {
		t.Error(err)
	}
}
