//go:build unix

package socket

import (
	"math"
	"syscall"
)

// MaxOpenFiles returns how many files, sockets among them, the process may have open; math.MaxInt when it is not known.
func MaxOpenFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return math.MaxInt
	}
	return int(min(uint64(limit.Cur), math.MaxInt))
}
