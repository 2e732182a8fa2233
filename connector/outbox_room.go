package connector

import "sync"

// room is memory for the line of a live delivery, which is used again when the line was written.
type room [1 << 10]byte

var rooms = sync.Pool{New: func() any { return new(room) }}

// fill makes the line of a live delivery. It refers to nothing of the object.
func (f *frame) fill(object []byte) {
	if len(object)+envelope > len(room{}) {
		f.data = lineOf(f.kind, object, "")
		return
	}
	if f.room == nil {
		f.room = rooms.Get().(*room)
	}
	f.data = appendLine(f.room[:0], f.kind, object, "")
}

// written has the memory of lines used again to which nobody refers any more.
func written(frames []frame) {
	for i := range frames {
		if r := frames[i].room; r != nil {
			rooms.Put(r)
		}
	}
	clear(frames)
}
