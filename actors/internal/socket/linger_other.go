//go:build unix && !linux

package socket

import "time"

// linger does not wait: poll counts in milliseconds here, which is too long.
func linger(int, time.Duration) {}
