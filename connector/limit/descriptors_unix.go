//go:build unix

package limit

import "syscall"

// maxFiles is how many files the process may open. The runtime has raised that to the hard limit.
func maxFiles() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Cur)
}
