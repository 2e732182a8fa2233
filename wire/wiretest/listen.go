package wiretest

import (
	"crypto/tls"
	"net"
	"testing"
	"time"
)

// listenTimeout bounds the waits of a server on real TCP, where no virtual clock detects that a
// test is stuck.
const listenTimeout = time.Minute

// Listen returns a server on a loopback TCP port, closed when the test ends.
// Clients dial its URL; Dial does so too, whatever the address.
func Listen(tb testing.TB) *Server {
	tb.Helper()
	return listen(tb, "ws", nil)
}

// ListenTLS is Listen behind TLS with the given configuration.
func ListenTLS(tb testing.TB, config *tls.Config) *Server {
	tb.Helper()
	return listen(tb, "wss", config)
}

func listen(tb testing.TB, scheme string, config *tls.Config) *Server {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("wiretest: listen on loopback: %v", err)
	}
	s := newServer(tb, scheme+"://"+l.Addr().String()+"/relay")
	s.timeout = listenTimeout
	s.listener = l
	s.wg.Go(func() { s.acceptLoop(l, config) })
	tb.Cleanup(s.Close)
	return s
}

func (s *Server) acceptLoop(l net.Listener, config *tls.Config) {
	for {
		socket, err := l.Accept()
		if err != nil {
			return
		}
		answer := s.nextAnswer()
		if answer.kind == refuse {
			_ = socket.(*net.TCPConn).SetLinger(0)
			socket.Close()
			continue
		}
		if config != nil {
			socket = tls.Server(socket, config)
		}
		s.start(socket, answer)
	}
}
