package keypair

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

// trialLife is how long a certificate for trying out is valid; a clock may be an hour behind.
const trialLife = 7 * 24 * time.Hour

// Trial makes a certificate for these names and addresses, and returns it with the PEM of the authority that signed it.
// It is for trying out: the authority's key is thrown away, so it signs nothing else.
func Trial(hosts ...string) (pair tls.Certificate, authority []byte, err error) {
	ca := trialTemplate("hermod, for trying out")
	ca.IsCA, ca.BasicConstraintsValid, ca.KeyUsage = true, true, x509.KeyUsageCertSign
	root, err := issue(ca, ca, nil)
	if err != nil {
		return tls.Certificate{}, nil, err
	}
	leaf := trialTemplate("hermod")
	leaf.KeyUsage, leaf.ExtKeyUsage = x509.KeyUsageDigitalSignature, []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			leaf.IPAddresses = append(leaf.IPAddresses, ip)
		} else {
			leaf.DNSNames = append(leaf.DNSNames, host)
		}
	}
	if pair, err = issue(leaf, root.Leaf, root.PrivateKey); err != nil {
		return tls.Certificate{}, nil, err
	}
	return pair, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate[0]}), nil
}

func trialTemplate(name string) *x509.Certificate {
	now := time.Now()
	return &x509.Certificate{SerialNumber: big.NewInt(now.UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(trialLife)}
}

// issue makes a key and has the parent sign its certificate; without a signer it signs itself.
func issue(template, parent *x509.Certificate, signer any) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a key: %w", err)
	}
	if signer == nil {
		signer = key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("making a certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
}
