package wire

import "bytes"

// Limits of a line, in bytes without its line break.
const (
	// DefaultMaxFrame is the limit of a line if none is set.
	DefaultMaxFrame = 8 << 20
	// MinMaxFrame is the smallest limit that can be set: a peer may always send a frame
	// of this size.
	MinMaxFrame = 1 << 20
	// MaxGatewayFrame is the longest frame that a gateway may send, its line break included: connectors need not take
	// a longer one.
	MaxGatewayFrame = 1 << 20
)

// LineBuffer joins chunks of bytes into lines. It holds memory only while a line is
// incomplete, and never more than its limit. It belongs to one goroutine.
type LineBuffer struct {
	limit  int
	carry  []byte
	failed error
}

// NewLineBuffer returns a LineBuffer for lines of at most maxFrame bytes; 0 or less means
// DefaultMaxFrame, and less than MinMaxFrame is raised to it.
func NewLineBuffer(maxFrame int) *LineBuffer {
	if maxFrame <= 0 {
		maxFrame = DefaultMaxFrame
	}
	return &LineBuffer{limit: max(maxFrame, MinMaxFrame)}
}

// Feed takes the next chunk and calls emit for every line that it completes, in order, without
// the line break ("\n" or "\r\n") and without lines of white space only. The slice that emit
// gets is valid only during the call; it is a part of chunk if possible. Feed keeps no
// reference to chunk.
//
// A line longer than the limit gives a *FrameTooLargeError, after the lines before it were
// emitted. After that the stream cannot be read further, and every later Feed returns the same
// error.
func (b *LineBuffer) Feed(chunk []byte, emit func(line []byte)) error {
	if b.failed != nil {
		return b.failed
	}
	for {
		end := bytes.IndexByte(chunk, '\n')
		if end < 0 {
			return b.keep(chunk)
		}
		line := chunk[:end:end]
		chunk = chunk[end+1:]
		if len(b.carry) > 0 {
			if err := b.keep(line); err != nil {
				return err
			}
			line = b.carry
			b.carry = nil
		}
		if n := len(line); n > 0 && line[n-1] == '\r' {
			line = line[: n-1 : n-1]
		}
		if len(line) > b.limit {
			return b.fail()
		}
		if len(bytes.TrimSpace(line)) > 0 {
			emit(line)
		}
	}
}

// Empty reports whether b holds no part of a line, so that a new LineBuffer could take its place.
func (b *LineBuffer) Empty() bool { return len(b.carry) == 0 && b.failed == nil }

// keep carries an incomplete line over to the next chunk. One byte over the limit is
// allowed if it may be the first half of a line break.
func (b *LineBuffer) keep(part []byte) error {
	if len(part) == 0 {
		return nil
	}
	n := len(b.carry) + len(part)
	if n > b.limit+1 || n == b.limit+1 && part[len(part)-1] != '\r' {
		return b.fail()
	}
	b.carry = append(b.carry, part...)
	return nil
}

func (b *LineBuffer) fail() error {
	b.carry = nil
	b.failed = &FrameTooLargeError{Limit: b.limit}
	return b.failed
}

// Buffered returns the size in bytes of the incomplete line that is being carried.
func (b *LineBuffer) Buffered() int { return len(b.carry) }
