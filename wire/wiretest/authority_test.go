package wiretest_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"

	"github.com/gobwas/ws"

	"hermod/wire"
	"hermod/wire/wiretest"
)

func TestListenTLSAsksForTheClientsCertificate(t *testing.T) {
	authority := wiretest.NewAuthority(t)
	srv := wiretest.ListenTLS(t, &tls.Config{
		Certificates: []tls.Certificate{authority.Certificate()},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    authority.Pool(),
	})
	dialer := ws.Dialer{TLSConfig: &tls.Config{
		RootCAs:      authority.Pool(),
		Certificates: []tls.Certificate{authority.Certificate()},
	}}
	conn, _, _, err := dialer.Dial(t.Context(), srv.URL())
	if err != nil {
		t.Fatalf("dial: %v", err)
	}
	c := &client{t: t, Conn: conn, r: conn}
	defer c.Close()
	srv.Accept().CloseThenReset(wire.CloseUnauthorized, "unauthorized")
	c.wantClose(wire.CloseUnauthorized, "unauthorized")

	stranger := ws.Dialer{TLSConfig: &tls.Config{RootCAs: wiretest.NewAuthority(t).Pool()}}
	var unknown x509.UnknownAuthorityError
	if _, _, _, err := stranger.Dial(t.Context(), srv.URL()); !errors.As(err, &unknown) {
		t.Errorf("dial without the authority: %v", err)
	}
}
