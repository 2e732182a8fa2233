package check

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
	json "github.com/goccy/go-json"

	"hermod/wire"
)

// fakeSocket is one end of a link that is right, but for the faults planted in it. It shares no code with link, so that
// a mistake there is seen.
type fakeSocket struct {
	conn   net.Conn
	br     *bufio.Reader
	client bool
	fault  string
	handle func(frame)

	writing chan struct{}
	pongs   atomic.Int64
	message []byte // fragments so far
	op      ws.OpCode
	stream  []byte
	left    *atomic.Pointer[[]byte] // of a line that the connection before did not end
	dead    bool                    // the reader stopped, and the socket stays open
	closing atomic.Bool
	code    int // of the peer's close frame
	reason  string
}

func newFakeSocket(conn net.Conn, br *bufio.Reader, client bool, fault string) *fakeSocket {
	if br == nil {
		br = bufio.NewReader(conn)
	}
	return &fakeSocket{conn: conn, br: br, client: client, fault: fault, writing: make(chan struct{}, 1)}
}

// run reads until the connection ends.
func (s *fakeSocket) run() {
	defer func() { _ = s.conn.Close() }()
	if s.fault == "keeps an unfinished line" {
		if left := s.left.Swap(nil); left != nil {
			s.stream = *left
		}
		defer func() { s.left.Store(&s.stream) }()
	}
	for {
		h, err := ws.ReadHeader(s.br)
		if err != nil {
			return
		}
		payload := make([]byte, h.Length)
		if _, err := io.ReadFull(s.br, payload); err != nil {
			return
		}
		if h.Masked == s.client && s.fault != "takes a frame with a wrong mask" ||
			h.Rsv != 0 && s.fault != "takes reserved bits" {
			s.close(wire.CloseProtocol, "")
			return
		}
		if h.Masked {
			ws.Cipher(payload, h.Mask, 0)
		}
		if !s.frame(h, payload) {
			return
		}
	}
}

func (s *fakeSocket) frame(h ws.Header, payload []byte) bool {
	switch h.OpCode {
	case ws.OpPing:
		if s.fault == "pongs without payload" {
			payload = nil
		}
		s.write(ws.OpPong, payload)
	case ws.OpPong:
		s.pongs.Add(1)
	case ws.OpClose:
		return s.closed(payload)
	case ws.OpContinuation:
		if s.fault == "drops continuations" {
			s.message = nil
			return true
		}
		s.message = append(s.message, payload...)
		if h.Fin {
			s.data(s.op, s.message)
			s.message = nil
		}
	default:
		if h.Fin {
			s.data(h.OpCode, payload)
			return true
		}
		s.op, s.message = h.OpCode, payload
	}
	return true
}

func (s *fakeSocket) closed(payload []byte) bool {
	if len(payload) == 1 && s.fault == "ignores a bad close frame" {
		return true
	}
	closed, reply := wire.ParseClose(payload)
	if !s.closing.Load() {
		s.code, s.reason = closed.Code, closed.Reason
	}
	if s.fault == "answers every close with 1000" {
		reply = wire.CloseNormal
	}
	if !s.closing.Load() {
		s.close(reply, "")
	}
	return false
}

func (s *fakeSocket) data(op ws.OpCode, payload []byte) {
	switch {
	case op == ws.OpBinary && s.fault == "drops binary messages" && bytes.HasSuffix(payload, newline) && bytes.HasPrefix(payload, []byte("{")):
		if utf8.Valid(payload) {
			return
		}
	case s.fault == "does not join messages" && !bytes.HasSuffix(payload, newline):
		return
	case s.fault == "reads one line of a message" && bytes.HasPrefix(payload, []byte("{")) && json.Valid(firstLine(payload)):
		payload = append(firstLine(payload), '\n')
	}
	s.stream = append(s.stream, payload...)
	for {
		line, rest, ok := bytes.Cut(s.stream, newline)
		if !ok {
			return
		}
		s.stream = bytes.Clone(rest)
		s.line(line)
	}
}

func firstLine(text []byte) []byte { line, _, _ := bytes.Cut(text, newline); return bytes.Clone(line) }

// line decodes one line. A fault that "stops at" something is that of the reference: its reader is gone then, and the
// socket open.
func (s *fakeSocket) line(line []byte) {
	if s.dead {
		return
	}
	stops := func(at string, if_ bool) bool {
		s.dead = s.dead || if_ && s.fault == "stops at "+at
		return if_
	}
	if bytes.HasSuffix(line, []byte("\r")) && s.fault == "drops lines that end with CRLF" && len(line) > 1 {
		return
	}
	if s.client && len(line) > wire.DefaultMaxFrame && s.fault != "stops at a line over 8 MiB" {
		s.close(wire.CloseTooBig, "")
		return
	}
	f := parseFrame(bytes.TrimRight(line, "\r"))
	_, typed := f.members["type"]
	_, named := f.text("type")
	switch {
	case stops("a blank line", strings.TrimSpace(string(line)) == ""),
		stops("a line that is not UTF-8", !utf8.Valid(line)),
		stops("a line that is no JSON", !json.Valid(line)),
		stops("a line that is no object", f.members == nil),
		stops("a type that is no string", typed && !named),
		stops("an unknown frame", !typed || f.kind == "hermod_check"),
		stops("a line over 8 MiB", len(line) > wire.DefaultMaxFrame),
		s.fault == "shows more than it takes" && len(line) > 3<<19,
		stops("a long line", len(line) > 500_000 && s.fault == "stops at a long line"):
		return
	}
	s.handle(f)
}

// say writes a line.
func (s *fakeSocket) say(line []byte) {
	switch {
	case s.fault == "sends no newlines":
		line = bytes.TrimSuffix(line, newline)
	case s.fault == "sends binary messages":
		s.write(ws.OpBinary, line)
		return
	}
	s.write(ws.OpText, line)
}

func (s *fakeSocket) write(op ws.OpCode, payload []byte) {
	payload = bytes.Clone(payload)
	h := ws.Header{Fin: true, OpCode: op, Length: int64(len(payload))}
	h.Masked = s.client != (s.fault == "masks the wrong way" && op == ws.OpText)
	if h.Masked {
		h.Mask = ws.NewMask()
		ws.Cipher(payload, h.Mask, 0)
	}
	f := ws.MustCompileFrame(ws.Frame{Header: h, Payload: payload})
	s.writing <- struct{}{}
	defer func() { <-s.writing }()
	_ = s.conn.SetWriteDeadline(time.Now().Add(time.Minute))
	_, _ = s.conn.Write(f)
}

// close sends a close frame; the peer hangs up, or a second passes.
func (s *fakeSocket) close(code int, reason string) {
	s.closing.Store(true)
	s.write(ws.OpClose, ws.NewCloseFrameBody(ws.StatusCode(code), reason))
	_ = s.conn.SetReadDeadline(time.Now().Add(time.Second))
}
