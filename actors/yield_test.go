//go:build !race

package actors

import (
	"runtime"
	"sync/atomic"
	"testing"
)

// The race detector has the runtime shuffle who is next.

func TestWhoeverStepsBackLetsAllGoFirstWhoAreReadyHere(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for range 100 {
		const callers = 64
		var gone atomic.Int32
		for range callers {
			go gone.Add(1)
		}
		stepBack()
		if n := gone.Load(); n != callers {
			t.Fatalf("%d of %d have gone", n, callers)
		}
	}
}

func TestWhoeverStepsBackDoesNotWaitForThoseWhoHadTheirTurn(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var turns, over atomic.Int32
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for over.Load() == 0 {
			turns.Add(1)
			runtime.Gosched() // as one that has computed for long has to
		}
	}()
	const tries = 100
	runtime.Gosched()
	begin := turns.Load()
	for range tries {
		stepBack()
	}
	if n := turns.Load() - begin; n > tries/2 { // after some dozen others the runtime gives it a turn
		t.Errorf("waited for it %d times of %d", n, tries)
	}
	over.Store(1)
	<-ended
}
