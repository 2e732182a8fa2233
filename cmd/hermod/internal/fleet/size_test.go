package fleet

import (
	"testing"
	"unsafe"
)

// What a fleet keeps of each bot at rest is a few pieces of memory, which the allocator rounds up.
func TestABotAtRestFitsTheAllocatorsSizes(t *testing.T) {
	for _, piece := range []struct {
		name        string
		size, fits  uintptr
		otherwiseIn int
	}{
		{"Bot", unsafe.Sizeof(Bot{}), 64, 80},
		{"botActor", unsafe.Sizeof(botActor{}), 208, 224},
		{"member", unsafe.Sizeof(member{}), 128, 144},
		{"run", unsafe.Sizeof(run{}), 64, 80},
		{"takers", unsafe.Sizeof(takers{}), 48, 64},
	} {
		if piece.size > piece.fits {
			t.Errorf("%s takes %d bytes, and so a piece of %d or more; it fitted one of %d", piece.name, piece.size,
				piece.otherwiseIn, piece.fits)
		}
	}
}
