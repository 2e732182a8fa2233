package supervisor

import (
	"errors"
	"syscall"
)

// DescriptorHint is what to do about an error that OutOfDescriptors recognises.
const DescriptorHint = "the process has no file descriptor left: raise its limit on open files (ulimit -n, or LimitNOFILE in systemd)"

// OutOfDescriptors reports whether err says that the process, or the machine, can open no further file or socket. Then
// the other end of the connection is not to blame.
func OutOfDescriptors(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}
