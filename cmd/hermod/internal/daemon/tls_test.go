package daemon

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// securedFile serves with TLS from the folder's files; more is the rest of tls.
func securedFile(address, folder, more string) string {
	return doorFile(fmt.Sprintf("listen: '%s', tls: {certificate: '%s/s.pem', key: '%s/s.key'%s}", address, folder, folder, more))
}

// secured is an intruder that speaks TLS; the error is the handshake's.
func secured(t *testing.T, address string, cfg *tls.Config) (*intruder, *tls.Conn, error) {
	t.Helper()
	plain := intrude(t, address)
	cfg = cfg.Clone()
	cfg.ServerName = "127.0.0.1"
	conn := tls.Client(plain.conn, cfg)
	if err := conn.Handshake(); err != nil {
		return nil, nil, err
	}
	return &intruder{t, conn, bufio.NewReader(conn)}, conn, nil
}

// shown is the number of the certificate that the server shows.
func shown(t *testing.T, address string, a *signer) int64 {
	t.Helper()
	_, conn, err := secured(t, address, a.trusting(""))
	must(t, err)
	return conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
}

func TestACertificateIsRenewedWhileItsClientsStay(t *testing.T) {
	folder, address := t.TempDir(), freeAddress(t)
	a := newSigner(t, folder, "a")
	first := a.issue("s")
	r := run(t, securedFile(address, folder, ""))
	client, conn, err := secured(t, address, a.trusting(""))
	must(t, err)
	if got := conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64(); got != first {
		t.Errorf("the server shows certificate %d", got)
	}
	if status := client.ask("/v1/bots"); status != http.StatusOK {
		t.Errorf("answered %d", status)
	}
	before := r.current.Load()
	second := a.issue("s")
	r.awaitReport(func(*report) bool { return r.current.Load() != before })
	if got := shown(t, address, a); got != second {
		t.Errorf("the server shows certificate %d, want %d", got, second)
	}
	if status := client.ask("/v1/bots"); status != http.StatusOK {
		t.Errorf("the renewal cut a client off: %d", status)
	}
	must(t, os.WriteFile(filepath.Join(folder, "s.pem"), []byte("half a certif"), 0o600))
	r.awaitReport(func(now *report) bool { return strings.Contains(now.ConfigError, "http.tls") })
	if got := shown(t, address, a); got != second {
		t.Errorf("with a bad certificate in the file the server shows %d", got)
	}
	if _, ok := r.servers.expiries()["http"]; !ok {
		t.Error("nobody can tell when the certificate expires")
	}
}

func TestTheServerSpeaksTLSOnly(t *testing.T) {
	folder, address := t.TempDir(), freeAddress(t)
	a := newSigner(t, folder, "a")
	a.issue("s")
	run(t, securedFile(address, folder, ""))
	if status := intrude(t, address).ask("/v1/bots"); status != http.StatusBadRequest {
		t.Errorf("plain HTTP is answered %d", status)
	}
	old := a.trusting("")
	old.MinVersion, old.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	if _, _, err := secured(t, address, old); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	newer := a.trusting("")
	newer.NextProtos = []string{"h2", "http/1.1"}
	_, conn, err := secured(t, address, newer)
	must(t, err)
	if got := conn.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("speaks %s, of which connections cannot be counted", got)
	}
}

func TestClientsWithoutACertificateOfTheAuthorityAreRefused(t *testing.T) {
	folder, address := t.TempDir(), freeAddress(t)
	a, stranger := newSigner(t, folder, "a"), newSigner(t, folder, "stranger")
	a.issue("s")
	a.issue("ops")
	stranger.issue("thief")
	r := run(t, securedFile(address, folder, fmt.Sprintf(", client_ca: '%s/a.ca'", folder)))
	asks := func(cfg *tls.Config) int {
		client, _, err := secured(t, address, cfg)
		if err != nil {
			return 0
		}
		return client.ask("/v1/bots")
	}
	trusted := a.trusting("ops")
	trusted.ClientSessionCache = tls.NewLRUClientSessionCache(8)
	thief := a.trusting("")
	thief.Certificates = stranger.trusting("thief").Certificates
	for name, tt := range map[string]struct {
		cfg  *tls.Config
		want int
	}{"none": {a.trusting(""), 0}, "a stranger's": {thief, 0}, "the right one": {trusted, http.StatusOK}} {
		if got := asks(tt.cfg); got != tt.want {
			t.Errorf("%s: answered %d, want %d", name, got, tt.want)
		}
	}
	holder, _, err := secured(t, address, trusted)
	must(t, err)
	if status := holder.ask("/v1/bots"); status != http.StatusOK {
		t.Fatalf("answered %d", status)
	}
	r.reload(securedFile(address, folder, fmt.Sprintf(", client_ca: '%s/stranger.ca'", folder)))
	if status := holder.ask("/v1/bots"); status != 0 {
		t.Errorf("a client of the old authority is answered %d on its old connection", status)
	}
	if got := asks(trusted); got != 0 {
		t.Errorf("a client of the old authority is answered %d", got)
	}
	if got := asks(thief); got != http.StatusOK {
		t.Errorf("a client of the new authority is answered %d", got)
	}
}

func TestAHandshakeThatDoesNotComeHoldsNobodyUp(t *testing.T) {
	t.Parallel() // it waits for real time
	folder, address := t.TempDir(), freeAddress(t)
	a := newSigner(t, folder, "a")
	a.issue("s")
	runWith(t, securedFile(address, folder, ""), func(o *Options) { o.connections = 2 })
	for range 2 {
		intrude(t, address)
	}
	client, _, err := secured(t, address, a.trusting(""))
	must(t, err)
	if status := client.ask("/healthz"); status != http.StatusOK {
		t.Errorf("answered %d", status)
	}
}

func TestTheLogNamesTheCertificateOfWhoSteers(t *testing.T) {
	folder, address, log := t.TempDir(), freeAddress(t), new(safeBuffer)
	a := newSigner(t, folder, "a")
	a.issue("s")
	a.issue("ops")
	runWith(t, securedFile(address, folder, fmt.Sprintf(", client_ca: '%s/a.ca'", folder)), func(o *Options) { o.Stderr = log })
	client, _, err := secured(t, address, a.trusting("ops"))
	must(t, err)
	if status := client.send("POST", "/v1/bots/a/disable"); status != http.StatusAccepted {
		t.Errorf("answered %d", status)
	}
	if want := `msg=call bot=a by="certificate:CN=ops" from=127.0.0.1 method=POST path=/v1/bots/a/disable status=202`; !strings.Contains(log.String(), want) {
		t.Errorf("no %s in %s", want, log)
	}
}
