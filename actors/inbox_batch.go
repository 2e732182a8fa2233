package actors

import (
	"sync"
	"unsafe"

	"hermod/actors/internal/mailbox"
	"hermod/wire"
)

// frame is one line and its frame type. The line lies in the block.
type frame struct {
	line  []byte
	kind  wire.Kind
	block *block
}

// batch is the inbound and passthrough_forward frames that one read brought, in order. It is the message that brings
// them to the inbox, which settles what becomes of it and then gives it back.
type batch struct {
	forInbox
	mailbox.Link
	by         *turn // on which it was read, nil when that was a goroutine of the link's own
	generation uint64
	frames     []frame
	blocks     int // bytes of the blocks that the lines lie in

	welcome bool    // came before the relay began to drain
	lanes   []*lane // its deliveries, sorted by lane; a decoder's until it says that it has decoded them
	held    int     // bytes that the deliveries hold beside the blocks; a decoder's likewise
	decoded bool
}

// Lender implements mailbox.Lending.
func (b *batch) Lender() *turn { return b.by }

// size is how many bytes a batch holds before it is decoded.
func (b *batch) size() int { return b.blocks + b.overhead() }

// overhead is the part of them that goes with the batch itself.
func (b *batch) overhead() int { return cap(b.frames) * frameSize }

// least is how many bytes its deliveries hold at least beside that.
func (b *batch) least() int { return len(b.frames) * (deliverySize + laneRoom) }

const frameSize = int(unsafe.Sizeof(frame{}))

var batches = sync.Pool{New: func() any { return new(batch) }}

// maxKeptFrames is the largest batch that is used again.
const maxKeptFrames = 256

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

// block is memory that the lines of several frames share.
type block struct {
	data []byte
	// users counts the frames that may still refer to data, and queued those that are not settled: what a block holds
	// counts against the bounds as long as there is one. Both are the read loop's until the frames were sent, then the
	// inbox's.
	users, queued int
}

// blockSize is the most that frames of one read share one block of memory. Who keeps a part of one keeps the block.
const blockSize = 16 << 10

// Small blocks are for a few frames. They come in few sizes, of so many bytes each more than the one before.
const (
	smallBlockStep = 256
	smallBlocks    = 32
)

var (
	blocks      = sync.Pool{New: func() any { return &block{data: make([]byte, 0, blockSize)} }}
	blocksSmall [smallBlocks]sync.Pool
)

// newBlock returns a block for a line and as much as is still to come. The small ones, and those of the full size, are
// used again.
func newBlock(line, coming int) *block {
	size := max(line, coming)
	switch {
	case size <= smallBlocks*smallBlockStep:
		return newSmallBlock(size)
	case line > blockSize || coming < blockSize/2:
		return &block{data: make([]byte, 0, size)}
	}
	return blocks.Get().(*block)
}

func newSmallBlock(size int) *block {
	class := max(size-1, 0) / smallBlockStep
	if b, ok := blocksSmall[class].Get().(*block); ok {
		return b
	}
	return &block{data: make([]byte, 0, (class+1)*smallBlockStep)}
}

// add copies a line, for which there is room.
func (b *block) add(line []byte) []byte {
	start := len(b.data)
	b.data = append(b.data, line...)
	b.users++
	b.queued++
	return b.data[start:len(b.data):len(b.data)]
}

// unqueue says that one of the block's frames is settled, and returns what that frees.
func (b *block) unqueue() (freed int) {
	if b.queued--; b.queued == 0 {
		freed = cap(b.data)
	}
	return freed
}

// leave says that one of the block's frames is not referred to any more.
func (b *block) leave() {
	if b.users--; b.users == 0 {
		b.giveBack()
	}
}

func (b *block) giveBack() {
	size := cap(b.data)
	b.data = b.data[:0]
	switch {
	case size == blockSize:
		blocks.Put(b)
	case size <= smallBlocks*smallBlockStep && size%smallBlockStep == 0:
		blocksSmall[size/smallBlockStep-1].Put(b)
	}
}
