//go:build !linux

package fence

import "time"

var started = time.Now()

// Now is the time since the program was started. Where Go's clock stands still while the machine is suspended, the wall
// clock tells; one that is set back cannot take time away.
func Now() time.Duration {
	now := time.Now()
	return max(now.Sub(started), now.Round(0).Sub(started.Round(0)))
}
