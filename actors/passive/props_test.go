package passive

import (
	"slices"
	"sync"
	"testing"
)

func TestActorsOfOneKindThatTakeEachOthersPropsGetTheirOwnMessages(t *testing.T) {
	const actors, each = 16, 500
	var wg sync.WaitGroup
	for range actors {
		wg.Go(func() {
			s := newSleepyhead()
			want := make([]int, each)
			for i := range want {
				want[i] = i
				s.Tell(i)
				s.all() // it rests, and its props go to another
			}
			if got := s.all(); !slices.Equal(got, want) {
				t.Errorf("got %d messages, or another's, want %d of its own", len(got), each)
			}
			if s.starts.Load() < 2 {
				t.Error("it never rested")
			}
		})
	}
	wg.Wait()
}
