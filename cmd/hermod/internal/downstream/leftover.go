package downstream

// tellLeftovers says what waits on disk for gateways that the configuration does not name.
func (s *Server) tellLeftovers() {
	c, _ := s.current()
	if c == nil {
		return
	}
	named := s.secrets()
	for id, state := range c.State() {
		if _, known := named[id]; !known && state.Buffered+state.SetAside > 0 {
			s.log.Warn("deliveries are kept for a gateway that the configuration does not name; they take room until "+
				"it is named again and takes them", "gateway", id, "kept", state.Buffered, "bytes", state.BufferedBytes,
				"set_aside", state.SetAside)
		}
	}
}
