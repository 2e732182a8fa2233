package clock

import (
	"encoding/binary"
	"fmt"
	"os"
	"time"
)

// Clock is the wall clock of the processes that have its Environment. Its methods may be called from any goroutine.
type Clock struct{ file *os.File }

// New makes a clock that is right, whose offset is in a new file.
func New(path string) (*Clock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("make a clock: %w", err)
	}
	c := &Clock{file}
	return c, c.Jump(0)
}

// Jump sets the clock so far ahead of the right time, or behind it, in whole seconds.
func (c *Clock) Jump(ahead time.Duration) error {
	offset := binary.NativeEndian.AppendUint64(nil, uint64(int64(ahead/time.Second)))
	if _, err := c.file.WriteAt(offset, 0); err != nil {
		return fmt.Errorf("set a clock: %w", err)
	}
	return nil
}

// Environment has a process, and those that it starts, go by this clock if they are built with the overlay.
func (c *Clock) Environment() string { return environment + "=" + c.file.Name() }

// Close lets go of the file.
func (c *Clock) Close() { _ = c.file.Close() }
