package actors

import (
	"bytes"
	"slices"
	"testing"

	"hermod/wire"
)

// blocksOf returns the blocks of one read that brings lines of those lengths.
func blocksOf(lengths ...int) (blocks []*block) {
	var b batching
	coming := 0
	for _, n := range lengths {
		coming += n
	}
	b.begin(coming)
	for _, n := range lengths {
		b.add(bytes.Repeat([]byte("x"), n), wire.KindInbound)
	}
	for _, f := range b.take().frames {
		blocks = append(blocks, f.block)
	}
	return blocks
}

func TestALongLineSharesItsBlockWithNone(t *testing.T) {
	for _, long := range []int{blockSize + 1, 5000, 15_000, 16 << 10, 20_000} {
		blocks := blocksOf(100, long, 100, 100)
		if blocks[1] == blocks[0] || blocks[1] == blocks[2] || blocks[2] != blocks[3] {
			t.Errorf("a line of %d bytes shares its block", long)
		}
		if spare := cap(blocks[1].data) - long; spare > long/2 {
			t.Errorf("a line of %d bytes has %d bytes to spare", long, spare)
		}
	}
}

func TestABlockHasFewLinesAndLittleSpace(t *testing.T) {
	for _, length := range []int{1, 30, 100, 419, 1000, 3000, blockSize} {
		users := make(map[*block]int)
		for _, b := range blocksOf(slices.Repeat([]int{length}, 100)...) {
			users[b]++
			if cap(b.data) > blockSize {
				t.Errorf("lines of %d bytes lie in a block of %d", length, cap(b.data))
			}
		}
		for b, n := range users {
			if n > blockFrames || n != b.users {
				t.Errorf("a block has %d lines, and %d users", n, b.users)
			}
		}
	}
}

func TestABlockIsFullAtTheSizeThatTheAllocatorGives(t *testing.T) {
	for _, size := range blockSizes {
		if b := newBlock(size, 0); cap(b.data) != size {
			t.Errorf("a block for %d bytes has %d", size, cap(b.data))
		}
		if grown := append([]byte(nil), make([]byte, size)...); cap(grown) != size {
			t.Errorf("the allocator gives %d bytes for %d", cap(grown), size)
		}
	}
}
