//go:build unix

package limit

import "syscall"

// MaxFiles returns how many files, sockets among them, the process may open: what the runtime has raised the limit to,
// 0 if that is not known, and math.MaxUint64 on a system that has no such limit.
func MaxFiles() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return uint64(limit.Cur)
}
