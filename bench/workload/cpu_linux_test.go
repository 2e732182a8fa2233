package workload_test

import (
	"testing"

	"golang.org/x/sys/unix"
)

// ownCPU is one of the processors that this process may use.
func ownCPU(t *testing.T) []int {
	t.Helper()
	var set unix.CPUSet
	if err := unix.SchedGetaffinity(0, &set); err != nil {
		t.Fatal(err)
	}
	for cpu := 0; ; cpu++ {
		if set.IsSet(cpu) {
			return []int{cpu}
		}
	}
}
