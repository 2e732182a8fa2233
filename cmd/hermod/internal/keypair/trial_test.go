package keypair_test

import (
	"crypto/x509"
	"testing"

	"hermod/cmd/hermod/internal/keypair"
)

func TestACertificateForTryingOutIsTrustedThroughItsAuthority(t *testing.T) {
	pair, authority, err := keypair.Trial("127.0.0.1", "localhost")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority) {
		t.Fatalf("the authority is no PEM: %s", authority)
	}
	for host, ok := range map[string]bool{"127.0.0.1": true, "localhost": true, "example.com": false} {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: host}); (err == nil) != ok {
			t.Errorf("%s: %v", host, err)
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: x509.NewCertPool(), DNSName: "localhost"}); err == nil {
		t.Error("it is trusted without its authority")
	}
}
