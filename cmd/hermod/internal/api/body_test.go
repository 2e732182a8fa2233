package api

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"hermod/cmd/hermod/internal/access"
	"hermod/connector/limit"
)

// one is a listener with one connection.
type one struct{ conns chan net.Conn }

func (o one) Accept() (net.Conn, error) {
	if conn, ok := <-o.conns; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

func (o one) Close() error   { return nil }
func (o one) Addr() net.Addr { return &net.UnixAddr{} }

func TestABodyThatDoesNotComeIsAProblem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		listener := one{make(chan net.Conn, 1)}
		listener.conns <- far
		a := &api{}
		server := &http.Server{Handler: a.answering(func(w http.ResponseWriter, r *http.Request) error {
			_, err := read(w, r, maxSmall)
			return err
		})}
		bounded := limit.Guard(server, listener, 1)
		go func() { _ = server.Serve(bounded) }()
		go func() { _, _ = fmt.Fprint(near, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n{") }()
		answer := make([]byte, 4096)
		n, err := near.Read(answer)
		if got := string(answer[:n]); err != nil || !strings.HasPrefix(got, "HTTP/1.1 408 ") || !strings.Contains(got, "body-too-slow") {
			t.Errorf("answer is %s, %v", got, err)
		}
		go func() { _, _ = io.Copy(io.Discard, near) }()
		close(listener.conns)
		_ = server.Close()
		_ = near.Close()
	})
}

func TestARouteThatNothingDescribesIsForAdmins(t *testing.T) {
	if need := needOf(http.MethodDelete, "/v1/bots"); need.Role != access.Admin {
		t.Errorf("it needs %q", need.Role)
	}
}
