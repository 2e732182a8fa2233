//go:build unix

package deliver

import "syscall"

// descriptors is how many files this process may open; Go has raised it as far as it may.
func descriptors() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return maxDescriptors
	}
	return int(min(uint64(limit.Cur), maxDescriptors))
}
