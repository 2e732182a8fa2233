package connector

import "github.com/gobwas/ws"

// An answer that comes while nothing else waits for the socket is written by whoever has it: to wake the writer takes
// longer than to write. The writer has whatever the socket does not take at once.

// begin says that nothing waits, and that the writer sleeps until done is called: the caller may write.
func (o *outbox) begin() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.end.how != endNone || len(o.frames) > 0 || o.pong != nil || o.direct || !o.asleep {
		return false
	}
	o.direct = true
	return true
}

// done leaves the socket to the writer again, with the bytes that are still to be written.
func (o *outbox) done(unwritten []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.direct = false
	if len(unwritten) > 0 {
		rest := frame{data: append([]byte(nil), unwritten...), raw: true}
		o.frames = append([]frame{rest}, o.frames...)
		o.bytes += len(rest.data)
	}
	if len(o.frames) > 0 || o.pong != nil || o.late || o.end.how != endNone {
		o.signalLocked()
	}
}

// writeNow writes a line on the caller's goroutine, without waiting for the socket. It returns false when it is the
// writer's to write.
func (s *session) writeNow(line []byte) bool {
	if s.sock.raw == nil || !s.out.begin() {
		return false
	}
	s.direct = appendFrame(s.direct[:0], ws.OpText, line)
	n := tryWrite(s.sock.raw, s.direct)
	rest := s.direct[n:]
	if cap(s.direct) > maxDirect {
		s.direct = nil
	}
	s.out.done(rest)
	return true
}

// maxDirect is the largest buffer that a session keeps for such answers.
const maxDirect = 4 << 10
