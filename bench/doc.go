// Command bench measures Hermod against other clients of the same protocol, each under the same loads, and says whether
// Hermod reaches its goals.
//
//	go run ./bench
//	go run ./bench --quick
//	go run ./bench --compare bench/results/results.json
//
// Package suite has the table and package workload the processes under it; README.md beside this file says what each row
// means. The Go benchmarks of this folder measure the hot path in one process, for
// profiles:
//
//	go test -run '^$' -bench . -benchmem ./bench
//
// Their peer is part of the same process, so they say how two versions compare, not what a machine can do.
package main
