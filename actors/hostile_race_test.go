//go:build race

package actors_test

// Under the race detector sync.Pool drops what it likes, and with it goes every count of memory.
var measuredQueues = queues[:1]

func liveHeap() int64 { return 0 }
