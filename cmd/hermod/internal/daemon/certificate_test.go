package daemon

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// authority issues certificates.
type authority struct {
	t      *testing.T
	folder string
	issued int64
	cert   *x509.Certificate
	key    *ecdsa.PrivateKey
}

// newAuthority has its own certificate in the file NAME.ca of the folder.
func newAuthority(t *testing.T, folder, name string) *authority {
	t.Helper()
	a := &authority{t: t, folder: folder}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	a.key = key
	a.cert = &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign, NotAfter: time.Now().Add(time.Hour)}
	raw, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, key.Public(), key)
	must(t, err)
	a.cert, err = x509.ParseCertificate(raw)
	must(t, err)
	a.write(name+".ca", "CERTIFICATE", raw)
	return a
}

func (a *authority) write(name, kind string, content []byte) {
	a.t.Helper()
	path := filepath.Join(a.folder, name)
	block := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	must(a.t, os.WriteFile(path+".new", block, 0o600))
	must(a.t, os.Rename(path+".new", path))
}

// issue puts a certificate for 127.0.0.1 and its key into NAME.pem and NAME.key, and returns its number.
func (a *authority) issue(name string) int64 {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(a.t, err)
	a.issued++
	raw, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{SerialNumber: big.NewInt(a.issued),
		Subject: pkix.Name{CommonName: name}, NotAfter: time.Unix(2_000_000_000, 0),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, a.cert, key.Public(), a.key)
	must(a.t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(a.t, err)
	a.write(name+".key", "PRIVATE KEY", private)
	a.write(name+".pem", "CERTIFICATE", raw)
	return a.issued
}

// trusting is a client's configuration that trusts the authority and shows a certificate of that name, if any.
func (a *authority) trusting(name string) *tls.Config {
	a.t.Helper()
	cfg := &tls.Config{RootCAs: x509.NewCertPool()}
	cfg.RootCAs.AddCert(a.cert)
	if name != "" {
		pair, err := tls.LoadX509KeyPair(filepath.Join(a.folder, name+".pem"), filepath.Join(a.folder, name+".key"))
		must(a.t, err)
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg
}
