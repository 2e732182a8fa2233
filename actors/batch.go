package actors

import (
	"sync"

	"hermod/messages"
)

// maxKeptBatch is the largest batch that goes back to the pool: one huge frame shall not stay in memory.
const maxKeptBatch = 256 << 10

var lineBatches = sync.Pool{New: func() any { return new(messages.Lines) }}

// lineBatch collects the lines of one read for an actor that is done with them at once. It gets them as one message.
type lineBatch struct{ lines *messages.Lines }

func (b *lineBatch) add(line []byte) {
	if b.lines == nil {
		b.lines = lineBatches.Get().(*messages.Lines)
	}
	b.lines.Data = append(b.lines.Data, line...)
	b.lines.Ends = append(b.lines.Ends, len(b.lines.Data))
}

// take returns what was collected, or nil, and starts anew.
func (b *lineBatch) take() *messages.Lines {
	lines := b.lines
	b.lines = nil
	return lines
}

// releaseLines gives a batch back. The caller must not touch it, nor any line of it, afterwards.
func releaseLines(lines *messages.Lines) {
	if cap(lines.Data) > maxKeptBatch {
		return
	}
	lines.Data, lines.Ends = lines.Data[:0], lines.Ends[:0]
	lineBatches.Put(lines)
}
