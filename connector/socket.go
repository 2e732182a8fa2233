package connector

import (
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/gobwas/ws"

	"hermod/connector/limit"
)

// lingerTime is how long an ending session waits for its last write and for the peer's answer.
const lingerTime = time.Second

// socket is a connection with a deadline for each read and write: patience while the session lives, and
// lingerTime once it is ending.
type socket struct {
	net.Conn
	patience time.Duration
	raw      syscall.RawConn // nil if what is written is not what travels

	mu     sync.Mutex
	ending bool
	last   time.Time     // when something came last
	sign   chan struct{} // closed by the next read that brings bytes; nil while nobody waits for one
}

func newSocket(conn net.Conn, patience time.Duration) *socket {
	s := &socket{Conn: limit.Bare(conn), patience: patience}
	if plain, ok := s.Conn.(syscall.Conn); ok {
		s.raw, _ = plain.SyscallConn()
	}
	return s
}

// Read waits as long as the peer may be silent.
func (s *socket) Read(p []byte) (int, error) {
	s.arm(s.Conn.SetReadDeadline)
	n, err := s.Conn.Read(p)
	if n > 0 {
		s.lives()
	}
	return n, err
}

func (s *socket) lives() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	if s.sign != nil {
		close(s.sign)
		s.sign = nil
	}
}

// heardAt is when the peer sent something last.
func (s *socket) heardAt() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last
}

// heard is closed when the peer sends something after this call.
func (s *socket) heard() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sign == nil {
		s.sign = make(chan struct{})
	}
	return s.sign
}

// Write waits as long as the peer may take nothing.
func (s *socket) Write(p []byte) (int, error) {
	s.arm(s.Conn.SetWriteDeadline)
	return s.Conn.Write(p)
}

func (s *socket) arm(set func(time.Time) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ending {
		_ = set(time.Now().Add(s.patience))
	}
}

// linger limits reads and writes, including those in progress, to lingerTime from now. Only the first
// call counts.
func (s *socket) linger() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ending {
		s.ending = true
		_ = s.SetDeadline(time.Now().Add(lingerTime))
	}
}

// closeWrite ends the stream in this direction.
func (s *socket) closeWrite() {
	if half, ok := s.Conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// refuse writes a close frame, waits for the peer's, so that a reset does not destroy it on its way,
// and hangs up.
func (s *socket) refuse(in *messageReader, code ws.StatusCode, reason string) {
	s.linger()
	if _, err := s.Write(closeFrame(code, reason)); err == nil {
		in.discard()
	}
	_ = s.Close()
}

// appendFrame appends an unmasked, final WebSocket frame.
func appendFrame(dst []byte, op ws.OpCode, payload []byte) []byte {
	dst = appendHeader(dst, op, len(payload))
	return append(dst, payload...)
}

func appendHeader(dst []byte, op ws.OpCode, length int) []byte {
	dst = append(dst, 0x80|byte(op))
	switch {
	case length < 126:
		return append(dst, byte(length))
	case length < 1<<16:
		return append(dst, 126, byte(length>>8), byte(length))
	}
	dst = append(dst, 127)
	for shift := 56; shift >= 0; shift -= 8 {
		dst = append(dst, byte(uint64(length)>>shift))
	}
	return dst
}

// closeFrame returns a complete close frame; 1005 means one without a code.
func closeFrame(code ws.StatusCode, reason string) []byte {
	if code == ws.StatusNoStatusRcvd {
		return appendFrame(nil, ws.OpClose, nil)
	}
	return appendFrame(nil, ws.OpClose, ws.NewCloseFrameBody(code, reason))
}
