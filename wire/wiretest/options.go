package wiretest

import (
	"net/http"
	"time"

	"github.com/gobwas/ws"
)

// Greet sends frames in the very write that answers each following upgrade,
// so that a client finds them behind the response in one read.
func (s *Server) Greet(frames ...[]byte) {
	var b []byte
	for _, f := range frames {
		b = append(b, textMessage(f)...)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeting = b
}

// SetSkew has the server's clock be ahead by so much, or behind, in the Date of
// later answers to an upgrade. Without it they have none.
func (s *Server) SetSkew(skew time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew = &skew
}

func (s *Server) date() ws.HandshakeHeaderHTTP {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.skew == nil {
		return nil
	}
	return ws.HandshakeHeaderHTTP{"Date": {time.Now().Add(*s.skew).UTC().Format(http.TimeFormat)}}
}

// SetBuffer bounds each direction of the following in-memory connections to n
// bytes; a small one shows a slow peer early. Zero is DefaultBuffer.
func (s *Server) SetBuffer(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.buffer = n
}

// SetTimeout bounds every wait of Accept, ReadFrame, Expect and the like. New
// starts without one, Listen with ten seconds.
func (s *Server) SetTimeout(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timeout = d
}

func (s *Server) limit() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.timeout
}
