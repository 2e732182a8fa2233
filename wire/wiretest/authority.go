package wiretest

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"hermod/internal/authority"
)

// Authority is a certificate authority for tests. It signs certificates of loopback servers and
// of their clients.
type Authority struct {
	tb    testing.TB
	signs *authority.Authority
}

// NewAuthority makes an authority that only its Pool trusts.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	signs, err := authority.New("wiretest authority")
	if err != nil {
		tb.Fatalf("wiretest: %v", err)
	}
	return &Authority{tb: tb, signs: signs}
}

// Pool trusts the authority alone.
func (a *Authority) Pool() *x509.CertPool { return a.signs.Pool() }

// Certificate is valid for 127.0.0.1, for localhost and for clients.
func (a *Authority) Certificate() tls.Certificate {
	a.tb.Helper()
	pair, err := a.signs.Issue(authority.For("127.0.0.1", "localhost"))
	if err != nil {
		a.tb.Fatalf("wiretest: %v", err)
	}
	return pair
}
