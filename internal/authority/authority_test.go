package authority_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
	"time"

	"hermod/internal/authority"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestACertificateIsTrustedByItsOwnAuthorityOnly(t *testing.T) {
	ours, err := authority.New("ours")
	must(t, err)
	others, err := authority.New("ours")
	must(t, err)
	pair, err := ours.Issue(authority.For("127.0.0.1", "connector.example"))
	must(t, err)
	for _, use := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		for _, host := range []string{"127.0.0.1", "connector.example"} {
			how := x509.VerifyOptions{DNSName: host, Roots: ours.Pool(), KeyUsages: []x509.ExtKeyUsage{use}}
			if _, err := pair.Leaf.Verify(how); err != nil {
				t.Errorf("%s: %v", host, err)
			}
			how.Roots = others.Pool()
			if _, err := pair.Leaf.Verify(how); err == nil {
				t.Errorf("%s: another authority of the same name trusts it", host)
			}
		}
	}
	if _, err := pair.Leaf.Verify(x509.VerifyOptions{DNSName: "other.example", Roots: ours.Pool()}); err == nil {
		t.Error("it is for any host")
	}
}

func TestACertificateIsOverWhenItsLifeIs(t *testing.T) {
	lasting, err := authority.SelfSigned(authority.For("localhost"))
	must(t, err)
	if left := time.Until(lasting.Leaf.NotAfter); left > authority.Life || left < authority.Life-time.Minute {
		t.Errorf("it is valid for %v", left)
	}
	template := authority.For("localhost")
	template.NotAfter = time.Date(2001, 2, 3, 0, 0, 0, 0, time.UTC)
	over, err := authority.SelfSigned(template)
	must(t, err)
	if !over.Leaf.NotAfter.Equal(template.NotAfter) {
		t.Errorf("it is valid until %v", over.Leaf.NotAfter)
	}
}

func TestACertificateAndItsKeyBelongTogetherWhenTheyAreWrittenDown(t *testing.T) {
	pair, err := authority.SelfSigned(authority.For("localhost"))
	must(t, err)
	certificate, key, err := authority.PEM(pair)
	must(t, err)
	read, err := tls.X509KeyPair(certificate, key)
	must(t, err)
	if !read.Leaf.Equal(pair.Leaf) {
		t.Error("another certificate was read")
	}
}
