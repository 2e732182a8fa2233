package authority

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"time"
)

// Life is how long certificates are valid that do not say so themselves.
const Life = 7 * 24 * time.Hour

// Authority signs certificates. It is safe for concurrent use.
type Authority struct{ own tls.Certificate }

// New makes an authority of that common name.
func New(name string) (*Authority, error) {
	own, err := SelfSigned(&x509.Certificate{Subject: pkix.Name{CommonName: name}, KeyUsage: x509.KeyUsageCertSign})
	return &Authority{own: own}, err
}

// Certificate is the authority's own.
func (a *Authority) Certificate() *x509.Certificate { return a.own.Leaf }

// PEM is the authority's own certificate, without its key.
func (a *Authority) PEM() []byte { return block("CERTIFICATE", a.own.Certificate[0]) }

// Pool trusts the authority and nobody else.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.own.Leaf)
	return pool
}

// Issue makes a key and signs its certificate. What the template leaves open is as in SelfSigned.
func (a *Authority) Issue(template *x509.Certificate) (tls.Certificate, error) {
	return issue(template, a.own.Leaf, a.own.PrivateKey)
}

// SelfSigned makes a key and a certificate that is its own authority. What the template leaves open is filled in: a
// number, a life that began an hour ago, since clocks differ, and lasts for Life, and a use for signatures, by servers
// and clients.
func SelfSigned(template *x509.Certificate) (tls.Certificate, error) {
	own := *template
	own.IsCA, own.BasicConstraintsValid = true, true
	if own.KeyUsage == 0 {
		own.KeyUsage = x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign
	}
	return issue(&own, nil, nil)
}

// For is a template for these names and addresses.
func For(hosts ...string) *x509.Certificate {
	template := new(x509.Certificate)
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	return template
}

// PEM is a certificate and its key (PKCS #8), as the files of servers have them.
func PEM(pair tls.Certificate) (certificate, key []byte, err error) {
	private, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return nil, nil, fmt.Errorf("writing a key down: %w", err)
	}
	return block("CERTIFICATE", pair.Certificate[0]), block("PRIVATE KEY", private), nil
}

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

// issue has the parent sign; without one the certificate signs itself.
func issue(template, parent *x509.Certificate, signer any) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a key: %w", err)
	}
	whole := filled(template)
	if parent == nil {
		parent, signer = whole, key
	}
	der, err := x509.CreateCertificate(rand.Reader, whole, parent, &key.PublicKey, signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}

func filled(template *x509.Certificate) *x509.Certificate {
	whole, now := *template, time.Now()
	if whole.SerialNumber == nil {
		whole.SerialNumber = big.NewInt(now.UnixNano())
	}
	if whole.NotBefore.IsZero() && whole.NotAfter.IsZero() {
		whole.NotBefore = now.Add(-time.Hour)
	}
	if whole.NotAfter.IsZero() {
		whole.NotAfter = now.Add(Life)
	}
	if whole.KeyUsage == 0 {
		whole.KeyUsage = x509.KeyUsageDigitalSignature
	}
	if !whole.IsCA && whole.ExtKeyUsage == nil {
		whole.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	}
	return &whole
}
