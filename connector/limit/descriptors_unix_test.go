//go:build unix

package limit_test

import (
	"syscall"
	"testing"

	"hermod/connector/limit"
)

func TestAServerKeepsAQuarterOfTheDescriptors(t *testing.T) {
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &before) })
	for files, want := range map[uint64]int{512: 128, 256: 64, 40: 16} {
		lower := before
		lower.Cur = files
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &lower); err != nil {
			t.Fatal(err)
		}
		if got := limit.Connections(); got != want {
			t.Errorf("%d connections with %d descriptors, want %d", got, files, want)
		}
	}
}
