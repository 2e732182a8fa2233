package actors_test

import "runtime"

// heap returns the bytes that are held after a collection. The second one empties the pools.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
