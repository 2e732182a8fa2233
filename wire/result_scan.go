package wire

import (
	"bytes"
	"unsafe"
)

// scanResult reads an outbound_result frame of the shape in which connectors send it: no space, the known members of
// the result alone, strings of printable ASCII without escapes. It returns false for any other line, which has to be
// decoded. What it returns shares the line's memory.
func scanResult(line []byte) (requestID string, r Result, ok bool) {
	s := resultScan{rest: line}
	s.skip(`{"type":"outbound_result","requestId":"`)
	requestID = s.plain()
	s.skip(`,"result":{`)
	for s.member(&r); !s.failed && len(s.rest) > 0 && s.rest[0] == ','; s.member(&r) {
		s.rest = s.rest[1:]
	}
	s.skip("}}")
	if s.failed || len(bytes.TrimRight(s.rest, jsonSpace)) > 0 {
		return "", Result{}, false
	}
	r.raw, r.inFrame = line, true
	return requestID, r, true
}

// resultScan is what is left of a line, and whether it has another shape.
type resultScan struct {
	rest   []byte
	failed bool
}

func (s *resultScan) skip(text string) {
	if len(s.rest) < len(text) || string(s.rest[:len(text)]) != text {
		s.failed = true
		return
	}
	s.rest = s.rest[len(text):]
}

// member reads a member of the result.
func (s *resultScan) member(r *Result) {
	s.skip(`"`)
	switch s.plain() {
	case "success":
		r.Success = s.flag()
	case "message_id":
		r.MessageID = s.text()
	case "error":
		r.Error = s.text()
	case "code":
		r.Code = s.text()
	case "thread_id":
		r.ThreadID = s.text()
	case "ambiguous":
		r.Ambiguous = s.flag()
	default:
		s.failed = true
	}
}

func (s *resultScan) flag() bool {
	if len(s.rest) > 1 && s.rest[1] == 't' {
		s.skip(":true")
		return true
	}
	s.skip(":false")
	return false
}

func (s *resultScan) text() string {
	s.skip(`:"`)
	return s.plain()
}

// plain reads a string whose first quote has been read, up to its other one.
func (s *resultScan) plain() string {
	for i, c := range s.rest {
		switch {
		case c == '"':
			text := s.rest[:i]
			s.rest = s.rest[i+1:]
			return unsafe.String(unsafe.SliceData(text), len(text))
		case c < ' ', c > '~', c == '\\':
			s.failed = true
			return ""
		}
	}
	s.failed = true
	return ""
}
