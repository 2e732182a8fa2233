package limit_test

import (
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"hermod/connector/limit"
)

// Of HTTP/2 a connection is many requests, which are not counted.
func TestConnectionsWithTLSAreBoundedAndSpeakHTTP1(t *testing.T) {
	other := httptest.NewUnstartedServer(nil)
	other.EnableHTTP2 = true
	other.StartTLS() // for its certificate, and a client that trusts it and prefers HTTP/2
	defer other.Close()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{TLSConfig: other.TLS.Clone(), Handler: http.HandlerFunc(readAll)}
	bounded := limit.Guard(server, listener, 1)
	go func() { _ = server.ServeTLS(bounded, "", "") }()
	defer func() { _ = server.Close() }()
	client := other.Client()
	for range 2 { // each on a connection of its own
		answer, err := client.Get("https://" + listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.ProtoMajor != 1 {
			t.Errorf("the server speaks %s", answer.Proto)
		}
		client.CloseIdleConnections()
	}
}
