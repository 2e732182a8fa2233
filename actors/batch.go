package actors

import (
	"sync"

	"hermod/messages"
	"hermod/wire"
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

var frameBatches = sync.Pool{New: func() any { return new(messages.Frames) }}

// blockSize is the most that frames of one read share one block of memory. Who keeps a part of one keeps the block.
const blockSize = 16 << 10

// frameBatch collects the frames of one read for an actor that keeps parts of them. They are copied once, side by side
// into blocks that nobody uses again.
type frameBatch struct {
	frames *messages.Frames
	block  []byte
	coming int // bytes of this read that are still to come
}

// begin says how many bytes the next frames are cut from.
func (b *frameBatch) begin(coming int) { b.coming = coming }

func (b *frameBatch) add(line []byte, kind wire.Kind) {
	if b.frames == nil {
		b.frames = frameBatches.Get().(*messages.Frames)
	}
	if len(line) > cap(b.block)-len(b.block) {
		b.block = make([]byte, 0, max(len(line), min(blockSize, b.coming)))
	}
	b.coming -= len(line)
	start := len(b.block)
	b.block = append(b.block, line...)
	b.frames.List = append(b.frames.List, messages.Frame{Line: b.block[start:len(b.block):len(b.block)], Kind: kind})
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
