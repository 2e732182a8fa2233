package etcdtest

import (
	"crypto/x509/pkix"
	"os"
	"path/filepath"
	"testing"

	"hermod/cluster/mutual"
	"hermod/internal/authority"
)

// Authority signs certificates for tests.
type Authority struct {
	tb     testing.TB
	folder string
	signs  *authority.Authority
}

// NewAuthority makes an authority that writes into a temporary folder.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	signs, err := authority.New("authority of a test")
	if err != nil {
		tb.Fatal(err)
	}
	a := &Authority{tb: tb, folder: tb.TempDir(), signs: signs}
	a.write("ca.pem", signs.PEM())
	return a
}

// Issue writes a certificate for 127.0.0.1 that serves both sides of a connection.
func (a *Authority) Issue(name string) mutual.Files {
	a.tb.Helper()
	template := authority.For("127.0.0.1", "localhost")
	template.Subject = pkix.Name{Organization: []string{name}} // a common name is a user to etcd
	pair, err := a.signs.Issue(template)
	if err != nil {
		a.tb.Fatal(err)
	}
	certificate, key, err := authority.PEM(pair)
	if err != nil {
		a.tb.Fatal(err)
	}
	return mutual.Files{CA: filepath.Join(a.folder, "ca.pem"), Cert: a.write(name+".pem", certificate),
		Key: a.write(name+".key", key)}
}

func (a *Authority) write(name string, content []byte) string {
	path := filepath.Join(a.folder, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		a.tb.Fatal(err)
	}
	return path
}
