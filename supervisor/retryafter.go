package supervisor

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter returns the delay that a Retry-After header asks for: a number of seconds, or a date as seen from now. It
// is 0 without a header, for one that cannot be read, and for a date in the past. The caller bounds it.
func RetryAfter(header string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseUint(header, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(header); err == nil {
		return max(0, date.Sub(now))
	}
	return 0
}
