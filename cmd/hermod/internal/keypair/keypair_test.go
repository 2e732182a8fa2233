package keypair_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/keypair"
	"hermod/internal/authority"
)

// identity is a self-signed certificate, an authority for itself.
type identity struct {
	certificate, key []byte // PEM
	pair             tls.Certificate
}

func issue(t *testing.T, serial int64) identity {
	t.Helper()
	template := authority.For("connector.example")
	template.SerialNumber = big.NewInt(serial)
	pair, err := authority.SelfSigned(template)
	must(t, err)
	certificate, key, err := authority.PEM(pair)
	must(t, err)
	return identity{certificate: certificate, key: key, pair: pair}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// place is a folder with the files.
type place struct{ keypair.Files }

func newPlace(t *testing.T, i identity) place {
	t.Helper()
	folder := t.TempDir()
	p := place{keypair.Files{Certificate: filepath.Join(folder, "cert.pem"), Key: filepath.Join(folder, "key.pem")}}
	p.put(t, i.certificate, i.key)
	return p
}

func (p place) put(t *testing.T, certificate, key []byte) {
	t.Helper()
	must(t, os.WriteFile(p.Certificate, certificate, 0o600))
	must(t, os.WriteFile(p.Key, key, 0o600))
}

// shake returns the serial number of the certificate that the server shows, and the server's error.
func shake(source *keypair.Source, client *tls.Config) (serial int64, err error) {
	near, far := net.Pipe()
	defer func() { _ = near.Close() }()
	done := make(chan error, 1)
	go func() {
		server := tls.Server(far, source.Config())
		done <- server.Handshake()
		_ = far.Close()
	}()
	client.InsecureSkipVerify = true // the serial number tells which one it is
	conn := tls.Client(near, client)
	if err := conn.Handshake(); err == nil {
		serial = conn.ConnectionState().PeerCertificates[0].SerialNumber.Int64()
	}
	_, _ = io.Copy(io.Discard, conn)
	return serial, <-done
}

func TestARenewedCertificateCountsWithoutARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		p := newPlace(t, issue(t, 1))
		source, err := keypair.Open(p.Files, slog.New(slog.NewTextHandler(&log, nil)))
		must(t, err)
		next := issue(t, 2)
		for _, step := range []struct {
			name             string
			certificate, key []byte
			serial           int64
			says             string
		}{
			{"half of the renewal", next.certificate, nil, 1, "the one before stays in use"},
			{"not a certificate", []byte("x"), []byte("y"), 1, "a certificate and its own key"},
			{"the whole renewal", next.certificate, next.key, 2, "a new certificate is in use"},
		} {
			key := step.key
			if key == nil {
				key, err = os.ReadFile(p.Key)
				must(t, err)
			}
			p.put(t, step.certificate, key)
			log.Reset()
			for range 5 {
				time.Sleep(time.Second)
				serial, err := shake(source, &tls.Config{})
				if err != nil || serial != step.serial {
					t.Errorf("%s: certificate %d, %v", step.name, serial, err)
				}
			}
			if text := log.String(); !strings.Contains(text, step.says) || strings.Count(text, "\n") != 1 {
				t.Errorf("%s: the log says %q", step.name, text)
			}
		}
		must(t, os.Remove(p.Certificate))
		time.Sleep(time.Second)
		if serial, err := shake(source, &tls.Config{}); err != nil || serial != 2 {
			t.Errorf("without the file: certificate %d, %v", serial, err)
		}
	})
}

func TestAClientNeedsACertificateIfAuthoritiesAreNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		known, stranger := issue(t, 7), issue(t, 8)
		p := newPlace(t, issue(t, 1))
		p.ClientCA = filepath.Join(filepath.Dir(p.Key), "clients.pem")
		must(t, os.WriteFile(p.ClientCA, known.certificate, 0o600))
		source, err := keypair.Open(p.Files, slog.New(slog.DiscardHandler))
		must(t, err)
		for name, tt := range map[string]struct {
			shows   []tls.Certificate
			refused bool
		}{
			"nothing": {nil, true}, "another's": {[]tls.Certificate{stranger.pair}, true}, "its own": {[]tls.Certificate{known.pair}, false},
		} {
			if _, err := shake(source, &tls.Config{Certificates: tt.shows}); (err != nil) != tt.refused {
				t.Errorf("a client that shows %s: %v", name, err)
			}
		}
	})
}

func TestOldTLSIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, err := keypair.Open(newPlace(t, issue(t, 1)).Files, slog.New(slog.DiscardHandler))
		must(t, err)
		if _, err := shake(source, &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}); err == nil {
			t.Error("TLS 1.1 was spoken")
		}
	})
}

func TestFilesThatCannotBeUsedAreNamedWithARemedy(t *testing.T) {
	good := issue(t, 1)
	for name, tt := range map[string]struct {
		spoil func(p *place) error
		says  string
	}{
		"no certificate":       {func(p *place) error { return os.Remove(p.Certificate) }, "--tls-cert: reading the certificate"},
		"no key":               {func(p *place) error { return os.Remove(p.Key) }, "--tls-key: reading the secret file"},
		"a key for everybody":  {func(p *place) error { return os.Chmod(p.Key, 0o644) }, "chmod 600"},
		"no PEM":               {func(p *place) error { return os.WriteFile(p.Certificate, []byte("x"), 0o600) }, "both in PEM"},
		"no authorities":       {func(p *place) error { p.ClientCA = p.Key + ".none"; return nil }, "--tls-client-ca"},
		"authorities of a key": {func(p *place) error { p.ClientCA = p.Key; return nil }, "holds no certificate"},
	} {
		p := newPlace(t, good)
		must(t, tt.spoil(&p))
		_, err := keypair.Open(p.Files, slog.New(slog.DiscardHandler))
		if err == nil || !strings.Contains(err.Error(), tt.says) || errors.Is(err, io.EOF) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
