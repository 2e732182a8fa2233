//go:build !race

package actors_test

import "runtime"

var measuredQueues = queues[:]

const floodShare = 1

// liveHeap returns the bytes of live objects.
func liveHeap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
