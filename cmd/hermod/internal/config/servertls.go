package config

import (
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"os"
	"strings"
	"time"

	"hermod/cmd/hermod/internal/keypair"
)

// checkServerTLS reads the certificate of a listener.
func (c *checker) checkServerTLS(l listening) {
	if l.tls == nil {
		return
	}
	if strings.HasPrefix(*l.listen, unixPrefix) {
		c.wrong("is there, but the address is a unix socket, which stays on this machine", "take tls out, or listen on HOST:PORT", l.section, "tls")
		return
	}
	t := l.tls
	pair, ok := c.serverPair(t, l.section)
	t.Config = keypair.Settings(pair)
	if ok {
		t.Expires = pair.Leaf.NotAfter
		if time.Now().After(t.Expires) {
			c.note("%s.tls: the certificate expired on %s: renew it", l.section, t.Expires.UTC().Format(time.DateOnly))
		}
	}
	if t.ClientCA != "" {
		t.ClientCA = c.absolute(t.ClientCA)
		c.cfg.readFrom(t.ClientCA)
		pem, err := os.ReadFile(t.ClientCA)
		if known := keypair.AskClients(t.Config, pem); err != nil || !known {
			c.wrong("names no readable PEM file of certificates", "name the file with the authorities of your clients' certificates",
				l.section, "tls", "client_ca")
		}
		t.Clients = sha256.Sum256(pem)
	}
}

// serverPair reads certificate and key. A key is a secret: its file has to be closed to others.
func (c *checker) serverPair(t *ServerTLS, section string) (pair tls.Certificate, ok bool) {
	t.Certificate, t.Key = c.absolute(t.Certificate), c.absolute(t.Key)
	c.cfg.readFrom(t.Certificate)
	c.cfg.readFrom(t.Key)
	certificate, err := os.ReadFile(t.Certificate)
	if err != nil {
		c.wrong("names a certificate that cannot be read: "+reasonOf(err), "name a readable PEM file", section, "tls", "certificate")
		return pair, false
	}
	key, written, wrong, remedy := readSecretFile(t.Key)
	if wrong != "" {
		c.wrong(wrong, remedy, section, "tls", "key")
		return pair, false
	}
	c.cfg.noteSecret(section+".tls.key", written)
	pair, err = tls.X509KeyPair(certificate, []byte(key.Reveal()))
	if err != nil {
		c.wrong(fmt.Sprintf("cannot be used: %v", err), "name a certificate and its own key, both in PEM", section, "tls")
		return pair, false
	}
	return pair, true
}
