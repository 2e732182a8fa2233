package connector

import (
	"errors"
	"fmt"
	"syscall"
)

// isDiskFull recognises a disk, or a user's part of it, that has no room.
func isDiskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// commitError says why what was submitted is not on the disk, and what to do where that is known.
func commitError(dir string, err error) error {
	if isDiskFull(err) {
		return fmt.Errorf("connector: writing the buffer: %w; make room on the disk of %s", err, dir)
	}
	return fmt.Errorf("connector: writing the buffer: %w", err)
}
