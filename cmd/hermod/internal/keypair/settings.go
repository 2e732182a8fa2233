package keypair

import (
	"crypto/tls"
	"crypto/x509"
)

// Settings are those of a server that shows the certificate: TLS 1.2 or newer, and HTTP/1.1, whose connections are
// counted.
func Settings(pair tls.Certificate) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, Certificates: []tls.Certificate{pair}}
}

// AskClients makes clients show a certificate of one of the authorities, which are PEM. If there are none, false is
// returned, and no client is let in.
func AskClients(cfg *tls.Config, authorities []byte) bool {
	cfg.ClientCAs, cfg.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
	return cfg.ClientCAs.AppendCertsFromPEM(authorities)
}

// Following are the settings of a server that asks at each handshake which ones hold now. current may be called from
// any goroutine, and never returns nil.
func Following(current func() *tls.Config) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return current(), nil }}
}
