package wiretest

// Dials is how many dials were tried, refused ones included.
func (s *Server) Dials() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// AwaitDials waits until at least n dials were tried, and reports whether
// they were before the time of SetTimeout was over.
func (s *Server) AwaitDials(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return waitFor(s.changed, s.timeout, func() bool { return s.dials >= n })
}

// Open is how many connections the client has not closed. In memory it counts
// Close calls of the client's end, so one that the connector ended still
// counts until the client closes its side too; over TCP it counts
// connections whose end the server has not seen.
func (s *Server) Open() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.open
}

// AwaitOpen waits until Open is n, and reports whether it became so before
// the time of SetTimeout was over.
func (s *Server) AwaitOpen(n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return waitFor(s.changed, s.timeout, func() bool { return s.open == n })
}

// MaxOpen is the highest value that Open has had.
func (s *Server) MaxOpen() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.maxOpen
}
