// Command worker runs the processes of the benchmark program by hand: one Spec, without the table around it.
//
//	go run ./bench/workload/worker one -client hermod -scenario outbound -in-flight 64
//
// Without "one" it is a worker itself, with a Spec as JSON on standard input.
package main

import (
	"os"

	"hermod/bench/workload"
)

func main() {
	os.Exit(workload.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
