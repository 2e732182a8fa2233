package cli_test

import (
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hermod/cmd/hermod/internal/cli"
)

// ask returns what the daemon at an endpoint answers.
func ask(t *testing.T, e cli.Endpoint) (string, error) {
	t.Helper()
	base, transport, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer transport.CloseIdleConnections()
	client := http.Client{Transport: transport}
	answer, err := client.Get(base + "/x")
	if err != nil {
		return "", err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	return string(body), err
}

var sayWhere = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	_, _ = io.WriteString(w, r.Host+r.URL.Path)
})

func TestAnEndpointIsReachedThroughAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(sayWhere)
	server.Listener = listener
	server.Start()
	defer server.Close()
	if said, err := ask(t, cli.Endpoint{URL: "unix:" + path}); said != "localhost/x" || err != nil {
		t.Errorf("says %q, %v", said, err)
	}
}

func TestAnEndpointTrustsTheAuthorityThatItIsGivenOnly(t *testing.T) {
	server := httptest.NewUnstartedServer(sayWhere)
	server.Config.ErrorLog = nil
	server.StartTLS()
	defer server.Close()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, err := ask(t, cli.Endpoint{URL: server.URL, CAFile: file}); !strings.HasSuffix(said, "/x") || err != nil {
		t.Errorf("says %q, %v", said, err)
	}
	if _, err := ask(t, cli.Endpoint{URL: server.URL}); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("trusts a stranger: %v", err)
	}
}

func TestAnEndpointThatCannotBeNamesItsFlag(t *testing.T) {
	noPEM := filepath.Join(t.TempDir(), "no.pem")
	if err := os.WriteFile(noPEM, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	const https = "https://h"
	for want, e := range map[string]cli.Endpoint{
		"--url is neither":                  {URL: "ftp://h"},
		"--url names no path":               {URL: "unix:"},
		"do not apply to a unix socket":     {URL: "unix:/s", CAFile: noPEM},
		"need an https URL":                 {URL: "http://h", CAFile: noPEM},
		"--ca-file: open":                   {URL: https, CAFile: noPEM + ".gone"},
		"holds no PEM certificate":          {URL: https, CAFile: noPEM},
		"--cert-file and --key-file belong": {URL: https, CertFile: noPEM},
		"--cert-file and --key-file: tls":   {URL: https, CertFile: noPEM, KeyFile: noPEM},
	} {
		if _, _, err := e.Open(); err == nil || !strings.Contains(err.Error(), want) ||
			cli.ExitCode(err, true) != cli.ExitUsage {
			t.Errorf("%+v: %v, want %q", e, err, want)
		}
	}
}
