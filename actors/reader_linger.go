package actors

// letCallersGo has those go first whom the results of the last read woke. What they send next is then on its way, in
// one piece, and perhaps answered, before the reader looks again. Beside goroutines that compute for long it waits for
// them here, as it would when the socket has something; but there it would first wait until somebody finds that out.
func (l *readLoop) letCallersGo() {
	if l.drained && (l.woken > few || l.counters.pending.Load() > few) {
		l.relay.attend(&l.yielder)
	}
	l.woken = 0
}
