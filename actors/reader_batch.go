package actors

import (
	"sync"

	"hermod/wire"
)

// batching collects the frames of one read. They are copied once, side by side into blocks.
type batching struct {
	batch  *batch
	block  *block
	coming int // bytes of this read that are still to come
}

// begin says how many bytes the next frames are cut from.
func (b *batching) begin(coming int) { b.coming = coming }

func (b *batching) add(line []byte, kind wire.Kind) {
	if b.batch == nil {
		b.batch = batches.Get().(*batch)
	}
	if b.block == nil || len(line) > cap(b.block.data)-len(b.block.data) {
		b.block = newBlock(len(line), b.coming)
		b.batch.blocks += cap(b.block.data)
	}
	b.coming -= len(line)
	b.batch.frames = append(b.batch.frames, frame{line: b.block.add(line), kind: kind, block: b.block})
}

// take returns what was collected, or nil, and starts anew.
func (b *batching) take() *batch {
	batch := b.batch
	b.batch, b.block = nil, nil
	return batch
}

// lines are the outbound_result frames that one read brought, in one piece of memory. Its recipient is done with them
// at once, and gives them back.
type lines struct {
	data []byte // one after the other, without their line ends
	ends []int  // the end of each line
}

// maxKeptBytes is the most memory that a pooled message keeps: one huge frame must not stay in memory.
const maxKeptBytes = 256 << 10

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
