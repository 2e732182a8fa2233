package fence

import (
	"time"

	"golang.org/x/sys/unix"
)

// Now is the time since the machine was started, its suspensions included. Times of different machines, or of before a
// restart of the machine, mean nothing to each other.
func Now() time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &t); err != nil {
		panic(err) // every kernel since 2.6.39 has it
	}
	return time.Duration(t.Nano())
}
