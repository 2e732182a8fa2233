package wire

import "math/bits"

// WorthLogging reports whether the n-th occurrence of the same thing deserves a log line: the 1st, 2nd, 4th, 8th and so
// on, so that a peer that floods cannot flood the log. Count from 1.
func WorthLogging(n uint64) bool { return bits.OnesCount64(n) == 1 }
