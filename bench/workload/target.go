package workload

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/url"
)

// Target is where a client dials. All connections of a process share it.
type Target struct {
	URL string
	TLS *tls.Config // nil for ws://; with a name, so that a dial need not copy it
}

// Target is the peer that s names.
func (s Spec) Target() (Target, error) {
	if s.Roots == "" {
		return Target{URL: s.URL}, nil
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(s.Roots)) {
		return Target{}, errors.New("the Spec's Roots are no certificate")
	}
	at, err := url.Parse(s.URL)
	if err != nil {
		return Target{}, err
	}
	config := &tls.Config{RootCAs: roots, ServerName: at.Hostname(), MinVersion: tls.VersionTLS12}
	return Target{URL: s.URL, TLS: config}, nil
}

// listen opens a port of its own, with TLS if asked; roots is then the certificate that clients trust.
func listen(secure bool) (listener net.Listener, roots string, err error) {
	if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil || !secure {
		return listener, "", err
	}
	certificate, err := selfSigned()
	if err != nil {
		return nil, "", errors.Join(err, listener.Close())
	}
	config := &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
	return tls.NewListener(listener, config), encodePEM(certificate), nil
}
