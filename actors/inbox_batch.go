package actors

import (
	"slices"
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
func (b *batch) least() int { return len(b.frames) * (deliverySize + inboundSize + laneRoom) }

const frameSize = int(unsafe.Sizeof(frame{}))

var batches = sync.Pool{New: func() any { return new(batch) }}

// maxKeptFrames is the largest batch that is used again: one of a full read of short frames, with room to have grown.
const maxKeptFrames = 512

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

// Frames of one read share a block of memory, at most so many of them and so many bytes: who keeps a part of one event
// keeps the block, and the events of its other frames. A longer line has a block of its own.
const (
	blockSize   = 4 << 10
	blockFrames = 8
)

// blockSizes are what blocks hold that are used again: sizes in which the allocator gives memory.
var blockSizes = [...]int{256, 512, 768, 1024, 1280, 1536, 1792, 2048, 2304, 2688, 3072, 3456, 4096, 5376, 6144, 6912,
	8192, 10240, 12288, 16384}

var blocks [len(blockSizes)]sync.Pool

// blockClass returns the index of the smallest of blockSizes that is large enough; !ok when none is.
func blockClass(size int) (class int, ok bool) {
	class, _ = slices.BinarySearch(blockSizes[:], size)
	return class, class < len(blockSizes)
}

// newBlock returns a block for a line and what may come after it in the same read.
func newBlock(line, coming int) *block {
	size := max(line, min(coming, blockSize, blockFrames*line))
	if class, ok := blockClass(size); ok {
		if b, ok := blocks[class].Get().(*block); ok {
			return b
		}
		size = blockSizes[class]
	}
	return &block{data: make([]byte, 0, size)}
}

// hasRoom says that a line still goes into the block.
func (b *block) hasRoom(line int) bool {
	return b != nil && b.users < blockFrames && cap(b.data) <= blockSize && line <= cap(b.data)-len(b.data)
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
	if class, ok := blockClass(cap(b.data)); ok && blockSizes[class] == cap(b.data) {
		b.data = b.data[:0]
		blocks[class].Put(b)
	}
}
