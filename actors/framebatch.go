package actors

import (
	"sync"

	"hermod/messages"
	"hermod/wire"
)

var frameBatches = sync.Pool{New: func() any { return new(messages.Frames) }}

// frameBatch collects the frames of one read for an actor that keeps parts of them. They are copied once, side by side
// into blocks.
type frameBatch struct {
	frames *messages.Frames
	block  *messages.Block
	coming int // bytes of this read that are still to come
}

// begin says how many bytes the next frames are cut from.
func (b *frameBatch) begin(coming int) { b.coming = coming }

func (b *frameBatch) add(line []byte, kind wire.Kind) {
	if b.frames == nil {
		b.frames = frameBatches.Get().(*messages.Frames)
	}
	if b.block == nil || len(line) > cap(b.block.Data)-len(b.block.Data) {
		b.block = newBlock(len(line), b.coming)
	}
	b.coming -= len(line)
	start := len(b.block.Data)
	b.block.Data = append(b.block.Data, line...)
	b.block.Users++
	b.frames.List = append(b.frames.List, messages.Frame{Kind: kind, Block: b.block,
		Line: b.block.Data[start:len(b.block.Data):len(b.block.Data)]})
	b.frames.Size += len(line)
}

// take returns what was collected, or nil, and starts anew.
func (b *frameBatch) take() *messages.Frames {
	frames := b.frames
	b.frames, b.block = nil, nil
	return frames
}

// releaseFrames gives a batch's list back, but not its lines.
func releaseFrames(frames *messages.Frames) {
	clear(frames.List)
	frames.List, frames.Size = frames.List[:0], 0
	frameBatches.Put(frames)
}

// blockSize is the most that frames of one read share one block of memory. Who keeps a part of one keeps the block.
const blockSize = 16 << 10

var blocks = sync.Pool{New: func() any { return &messages.Block{Data: make([]byte, 0, blockSize)} }}

// newBlock returns a block for a line and as much as is still to come. Only those of the full size are used again.
func newBlock(line, coming int) *messages.Block {
	if line > blockSize || coming < blockSize/2 {
		return &messages.Block{Data: make([]byte, 0, max(line, coming))}
	}
	return blocks.Get().(*messages.Block)
}

// leaveBlock says that one of a block's frames is not referred to any more.
func leaveBlock(b *messages.Block) {
	if b.Users--; b.Users == 0 && cap(b.Data) == blockSize {
		b.Data = b.Data[:0]
		blocks.Put(b)
	}
}
