package wire

import "unicode/utf8"

// scanResult reads an outbound_result frame of the shape in which connectors send it: the request's id first, and a
// result with the known members alone, whose strings have no escapes. It returns false for any other line, which has to
// be decoded. What it returns shares the line's memory.
func scanResult(line []byte) (requestID string, r Result, ok bool) {
	if !utf8.Valid(line) {
		return "", Result{}, false
	}
	s := scan{line: line}
	s.word(`{"type":"outbound_result","requestId":`)
	requestID = s.plainText()
	s.word(`,"result":`)
	for more := s.open('{', '}'); more; more = s.more('}') {
		s.resultMember(&r)
	}
	s.word("}")
	if !s.complete() {
		return "", Result{}, false
	}
	r.raw, r.inFrame = line, true
	return requestID, r, true
}

func (s *scan) resultMember(r *Result) {
	switch string(s.name()) {
	case "success":
		r.Success = s.flag()
	case "message_id":
		r.MessageID = s.plainText()
	case "error":
		r.Error = s.plainText()
	case "code":
		r.Code = s.plainText()
	case "thread_id":
		r.ThreadID = s.plainText()
	case "ambiguous":
		r.Ambiguous = s.flag()
	default:
		s.fail()
	}
}

// plainText reads a string without escapes. Anything else fails.
func (s *scan) plainText() string {
	inner, plain := s.quoted()
	if !plain {
		s.fail()
	}
	return sameMemory(inner)
}

// flag reads true or false. Anything else fails.
func (s *scan) flag() bool {
	if s.next() == 't' {
		s.word("true")
		return true
	}
	s.word("false")
	return false
}
