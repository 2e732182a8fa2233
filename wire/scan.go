package wire

// scan reads a line once, from front to back, and checks on the way that it is JSON. What it does not know how to read
// fails, and is left to the patient way: a failure is final, and whatever is read after it is empty. What it returns
// shares the line's memory. It belongs to one goroutine.
type scan struct {
	line   []byte // valid UTF-8
	at     int
	depth  int // of what is being skipped
	failed bool
}

// maxScanDepth is how deep what is skipped may be nested.
const maxScanDepth = 64

func (s *scan) fail() {
	s.failed = true
	s.at = len(s.line)
}

// next goes to the next byte that is not space, and returns it, 0 at the end of the line.
func (s *scan) next() byte {
	for s.at < len(s.line) {
		c := s.line[s.at]
		if c > ' ' || c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.at++
	}
	return 0
}

// complete says that all was read, and nothing comes after it.
func (s *scan) complete() bool { return s.next() == 0 && s.at == len(s.line) && !s.failed }

// open goes into an object or a list, and reports whether there is something in it.
func (s *scan) open(opening, closing byte) bool {
	if s.next() != opening {
		s.fail()
		return false
	}
	s.at++
	if s.next() != closing {
		return !s.failed
	}
	s.at++
	return false
}

// more goes past the comma between two members or items, or past the end of the last, and reports which.
func (s *scan) more(closing byte) bool {
	switch c := s.next(); {
	case s.failed:
		return false
	case c == ',':
		s.at++
		return true
	case c != closing:
		s.fail()
	default:
		s.at++
	}
	return false
}

// name goes past the name of a member and the colon. One that has an escape fails.
func (s *scan) name() []byte {
	name, plain := s.quoted()
	if !plain {
		s.fail()
	}
	s.colon()
	return name
}

func (s *scan) colon() {
	if s.next() != ':' {
		s.fail()
		return
	}
	s.at++
}

// quoted goes past a string, and returns what is between its quotes: the string itself if it has no escape.
func (s *scan) quoted() (inner []byte, plain bool) {
	if s.next() != '"' {
		s.fail()
		return nil, false
	}
	rest := s.line[s.at+1:]
	end := plainLength(rest)
	plain = end < len(rest) && rest[end] == '"'
	if !plain {
		if end = escapedLength(rest, end); end < 0 {
			s.fail()
			return nil, false
		}
	}
	s.at += end + 2
	return rest[:end:end], plain
}

// value goes past a value of any type, and returns it as it was sent.
func (s *scan) value() []byte {
	c, start := s.next(), s.at
	switch c {
	case '"':
		s.quoted()
	case '{':
		s.skipObject()
	case '[':
		s.skipList()
	case 't':
		s.word("true")
	case 'f':
		s.word("false")
	case 'n':
		s.word("null")
	default:
		s.number()
	}
	if s.failed {
		return nil
	}
	return s.line[start:s.at:s.at]
}

func (s *scan) skipObject() {
	s.deeper()
	for more := s.open('{', '}'); more; more = s.more('}') {
		s.quoted()
		s.colon()
		s.value()
	}
	s.depth--
}

func (s *scan) skipList() {
	s.deeper()
	for more := s.open('[', ']'); more; more = s.more(']') {
		s.value()
	}
	s.depth--
}

func (s *scan) deeper() {
	if s.depth++; s.depth > maxScanDepth {
		s.fail()
	}
}

func (s *scan) word(word string) {
	if !s.skip(word) {
		s.fail()
	}
}

func (s *scan) number() {
	n := numberLength(s.line[s.at:])
	if n == 0 {
		s.fail()
	}
	s.at += n
}
