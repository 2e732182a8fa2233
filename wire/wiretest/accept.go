package wiretest

// Handle runs h on its own goroutine for every connection that is upgraded
// from now on; such connections do not go to Accept. h may return while the
// connection lives on. If h fails the test from within, the connection is
// dropped. h must return once its connection has ended.
func (s *Server) Handle(h func(*Conn)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handler = h
}

// Accept waits for the next upgraded connection, in the order of upgrades. It
// fails the test when the server is closed or the time of SetTimeout is over.
func (s *Server) Accept() *Conn {
	s.tb.Helper()
	s.mu.Lock()
	ok := waitFor(s.changed, s.timeout, func() bool { return len(s.waiting) > 0 || s.closed })
	if !ok || len(s.waiting) == 0 {
		dials := s.dials
		s.mu.Unlock()
		s.tb.Fatalf("wiretest: no connection to accept (%d dials so far)", dials)
	}
	defer s.mu.Unlock()
	c := s.waiting[0]
	s.waiting = s.waiting[1:]
	return c
}

// deliver hands a connection to the handler, or to Accept when there is none.
// It reports false when the server has been closed meanwhile.
func (s *Server) deliver(c *Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.sockets[c.socket] = c
	if handler := s.handler; handler != nil {
		s.wg.Go(func() { c.handle(handler) })
		return true
	}
	s.waiting = append(s.waiting, c)
	s.changed.Broadcast()
	return true
}
