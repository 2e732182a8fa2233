package actors

import (
	"sync"

	"hermod/messages"
	"hermod/wire"
)

// maxKeptBatch is the largest batch that goes back to the pool: one huge frame shall not stay in memory.
const maxKeptBatch = 256 << 10

var batches = sync.Pool{New: func() any { return new(messages.Lines) }}

// batch collects the frames of one read for one actor, which gets them as one message.
type batch struct{ lines *messages.Lines }

func (b *batch) add(line []byte, kind wire.Kind) {
	if b.lines == nil {
		b.lines = batches.Get().(*messages.Lines)
	}
	b.lines.Data = append(b.lines.Data, line...)
	b.lines.Ends = append(b.lines.Ends, len(b.lines.Data))
	b.lines.Kinds = append(b.lines.Kinds, kind)
}

// take returns what was collected, or nil, and starts anew.
func (b *batch) take() *messages.Lines {
	lines := b.lines
	b.lines = nil
	return lines
}

// release gives a batch back. The caller must not touch it, nor any line of it, afterwards.
func release(lines *messages.Lines) {
	if cap(lines.Data) > maxKeptBatch {
		return
	}
	lines.Data, lines.Ends, lines.Kinds = lines.Data[:0], lines.Ends[:0], lines.Kinds[:0]
	batches.Put(lines)
}
