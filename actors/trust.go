package actors

import (
	"sync/atomic"
	"time"
)

// trust tells whether a relay's handlers return at once, so that a goroutine that has other things to do may run them.
// It is safe for concurrent use.
type trust struct{ score atomic.Int32 }

// atOnce is how long a run of a trusted handler takes at most. One that takes longer costs the trust that distrust
// quick ones bring back.
const (
	atOnce   = 100 * time.Microsecond
	distrust = 1000
)

func (t *trust) earned() bool { return t.score.Load() > 0 }

// note counts a run of a handler.
func (t *trust) note(took time.Duration) {
	switch score := t.score.Load(); {
	case took > atOnce:
		t.score.Store(-distrust)
	case score <= 0:
		t.score.CompareAndSwap(score, score+1)
	}
}
