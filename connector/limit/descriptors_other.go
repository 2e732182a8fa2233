//go:build !unix

package limit

import "math"

// maxFiles is how many files the process may open: the system has no such limit.
func maxFiles() uint64 { return math.MaxUint64 }
