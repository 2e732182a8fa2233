// Command bench measures Hermod against other clients of the same protocol, each under the same loads, and says whether
// Hermod reaches its goals.
//
//	go run ./bench
//	go run ./bench --quick
//	go run ./bench --compare bench/results/results.json
//
// Package suite has the table, package workload the processes that it runs, and README.md explains each row. The Go
// benchmarks in this folder measure the hot path in one process, for profiling:
//
//	go test -run '^$' -bench . -benchmem ./bench
//
// Their peer is part of the same process, so they can compare two versions but do not show what a machine can do.
package main
