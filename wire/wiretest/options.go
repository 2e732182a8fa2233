package wiretest

import "time"

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
