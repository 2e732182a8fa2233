//go:build !linux

package workload_test

import "testing"

// ownCPU names a processor; only Linux pins to it.
func ownCPU(*testing.T) []int { return []int{0} }
