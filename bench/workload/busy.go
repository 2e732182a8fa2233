package workload

import (
	"sync"
	"sync/atomic"
)

// burn keeps n goroutines computing until stop is called.
func burn(n int) (stop func()) {
	var ended atomic.Bool
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			for x := uint64(1); !ended.Load(); {
				for range 1000 {
					x ^= x << 13
					x ^= x >> 7
					x ^= x << 17
				}
			}
		})
	}
	return func() { ended.Store(true); wg.Wait() }
}
