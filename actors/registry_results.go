package actors

import (
	"sync"

	"hermod/actors/internal/mailbox"
)

// resultsRead brings outbound_result frames.
type resultsRead struct {
	forRegistry
	mailbox.Link
	generation uint64
	lines      *lines
}

// Lender implements mailbox.Lending: the reader resolves what it read.
func (*resultsRead) Lender() *sender { return aSender }

// lines are the outbound_result frames that one read brought, in one piece of memory. Its recipient is done with them
// at once, and gives them back.
type lines struct {
	data []byte // one after the other, without their line ends
	ends []int  // the end of each line
}

var linesPool = sync.Pool{New: func() any { return new(lines) }}

// addLine appends a line to l, which may be nil.
func addLine(l *lines, line []byte) *lines {
	if l == nil {
		l = linesPool.Get().(*lines)
	}
	l.data = append(l.data, line...)
	l.ends = append(l.ends, len(l.data))
	return l
}

// size is how many bytes l takes.
func (l *lines) size() int { return cap(l.data) + cap(l.ends)*8 }

// release gives lines back. The caller must not touch them, nor any of them, afterwards.
func (l *lines) release() {
	if cap(l.data) <= maxKeptBytes {
		l.data, l.ends = l.data[:0], l.ends[:0]
		linesPool.Put(l)
	}
}
