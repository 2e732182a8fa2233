package wiretest

import (
	"bytes"
	"io"
	"net"
	"net/http"

	"github.com/gobwas/ws"
)

// Request is the upgrade request of a connection.
type Request struct {
	URI    string
	Host   string
	Header http.Header
}

// upgrade answers the WebSocket upgrade on socket and returns the connection,
// or an error when it was rejected or was no upgrade.
func (s *Server) upgrade(socket net.Conn, answer Answer) (*Conn, error) {
	request := Request{Header: make(http.Header)}
	upgrader := ws.Upgrader{
		OnRequest: func(uri []byte) error {
			request.URI = string(uri)
			return nil
		},
		OnHost: func(host []byte) error {
			request.Host = string(host)
			return nil
		},
		OnHeader: func(key, value []byte) error {
			request.Header.Add(string(key), string(value))
			return nil
		},
		OnBeforeUpgrade: func() (ws.HandshakeHeader, error) {
			date := s.date()
			if answer.kind != reject {
				return date, nil
			}
			return nil, ws.RejectConnectionError(ws.RejectionStatus(answer.status), ws.RejectionHeader(date))
		},
	}
	var response bytes.Buffer
	_, err := upgrader.Upgrade(struct {
		io.Reader
		io.Writer
	}{socket, &response})

	s.mu.Lock()
	s.requests = append(s.requests, request)
	if err == nil {
		response.Write(s.greeting)
	}
	s.mu.Unlock()
	if _, werr := socket.Write(response.Bytes()); err == nil {
		err = werr
	}
	if err != nil {
		return nil, err
	}
	return newConn(s, socket, request), nil
}

// Requests is every upgrade request so far, rejected ones included, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}
