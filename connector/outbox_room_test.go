package connector

import "testing"

func TestWhatWaitsForASocketIsBoundedByTheMemoryThatItHolds(t *testing.T) {
	const bound = 64 << 10
	o := newOutbox(1<<20, bound)
	held := 0
	for {
		f := frame{live: 1, kind: kindInbound}
		f.fill([]byte(`{"text":"a"}`)) // much less than its memory
		if !o.offer(f) {
			break
		}
		held += f.held()
	}
	if held == 0 || held > bound {
		t.Errorf("%d bytes are held, the bound is %d", held, bound)
	}
	for taken := -1; taken != 0; {
		frames, _, _, _ := o.take(nil, false)
		taken = len(frames)
		written(frames)
	}
	if o.bytes != 0 {
		t.Errorf("%d bytes are counted when nothing waits", o.bytes)
	}
}
