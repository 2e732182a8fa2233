package connector_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"hermod/connector"
	"hermod/wire"
)

func TestARefusalDoesNotWaitForTheBody(t *testing.T) {
	c := start(t, connector.Config{Tenants: map[string][]wire.Secret{"acme": {"canary-identity"}}})
	for _, path := range []string{wire.EnrollPath, wire.ProvisionPath, wire.PolicyPath, wire.MediaPath} {
		conn, err := net.Dial("tcp", c.Addr())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		_ = conn.SetDeadline(time.Now().Add(patience))
		if _, err := fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n", path); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil || response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s: %v, %v", path, response, err)
		}
	}
}

func TestAnUploadThatStallsIsGivenUpWithinAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := start(t, connector.Config{Listener: listenInMemory()})
		begun := time.Now()
		conn, err := dialAny(t.Context(), "tcp", c.Addr())
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		_, err = fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\nsome of it", wire.MediaPath)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, conn)
		if waited := time.Since(begun); waited > time.Minute {
			t.Errorf("it was waited for for %v", waited)
		}
	})
}
