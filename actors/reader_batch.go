package actors

import (
	"sync"

	"hermod/wire"
)

// frame is one line and its frame type. The line lies in the block.
type frame struct {
	line  []byte
	kind  wire.Kind
	block *block
}

// batch is the inbound and passthrough_forward frames that one read brought, in order. It is the message that brings them
// to the inbox, which settles what becomes of it and then gives it back.
type batch struct {
	forInbox
	generation uint64
	frames     []frame
	size       int // the sum of the lines' lengths

	welcome bool    // came before the relay began to drain
	lanes   []*lane // its deliveries, sorted by lane; a decoder's until it says that it has decoded them
	decoded bool
}

var batches = sync.Pool{New: func() any { return new(batch) }}

// maxKeptFrames is the largest batch that is used again.
const maxKeptFrames = 4096

// release gives a batch back, but not its lines.
func (b *batch) release() {
	if cap(b.frames) > maxKeptFrames {
		return
	}
	clear(b.frames)
	clear(b.lanes)
	*b = batch{frames: b.frames[:0], lanes: b.lanes[:0]}
	batches.Put(b)
}

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
	}
	b.coming -= len(line)
	b.batch.frames = append(b.batch.frames, frame{line: b.block.add(line), kind: kind, block: b.block})
	b.batch.size += len(line)
}

// take returns what was collected, or nil, and starts anew.
func (b *batching) take() *batch {
	batch := b.batch
	b.batch, b.block = nil, nil
	return batch
}

// block is memory that the lines of several frames share.
type block struct {
	data []byte
	// users counts the frames that may still refer to data. It is the read loop's until the frames were sent, then the
	// inbox's.
	users int
}

// blockSize is the most that frames of one read share one block of memory. Who keeps a part of one keeps the block.
const blockSize = 16 << 10

var blocks = sync.Pool{New: func() any { return &block{data: make([]byte, 0, blockSize)} }}

// newBlock returns a block for a line and as much as is still to come. Only those of the full size are used again.
func newBlock(line, coming int) *block {
	if line > blockSize || coming < blockSize/2 {
		return &block{data: make([]byte, 0, max(line, coming))}
	}
	return blocks.Get().(*block)
}

// add copies a line, for which there is room.
func (b *block) add(line []byte) []byte {
	start := len(b.data)
	b.data = append(b.data, line...)
	b.users++
	return b.data[start:len(b.data):len(b.data)]
}

// leave says that one of the block's frames is not referred to any more.
func (b *block) leave() {
	if b.users--; b.users == 0 && cap(b.data) == blockSize {
		b.data = b.data[:0]
		blocks.Put(b)
	}
}

// lines are the outbound_result frames that one read brought, in one piece of memory. Its recipient is done with them at
// once, and gives them back.
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

// release gives lines back. The caller must not touch them, nor any of them, afterwards.
func (l *lines) release() {
	if cap(l.data) <= maxKeptBytes {
		l.data, l.ends = l.data[:0], l.ends[:0]
		linesPool.Put(l)
	}
}
