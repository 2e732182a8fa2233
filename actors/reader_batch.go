package actors

import "hermod/wire"

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
	if !b.block.hasRoom(len(line)) {
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
