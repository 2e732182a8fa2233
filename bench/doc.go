// Package bench measures the hot path: frames through a relay, from socket to handler and from Send to result, over real
// TCP on loopback.
//
//	go test -run '^$' -bench . -benchmem ./bench
//
// The peer is part of the same process, so the figures say how two versions compare in one run on one machine, not what
// a machine can do. Each direction has a baseline that does the same duties without actors: BenchmarkInboundInline reads
// and decodes on one goroutine, BenchmarkOutboundMutex is the usual client of goroutines and a locked map, with one
// write per frame.
package bench
