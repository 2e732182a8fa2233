package supervisor

import (
	"net/http"
	"strconv"
	"time"
)

// RetryAfter returns the delay that the Retry-After of an answer asks for: a number of seconds, or a date. A date is
// seen from that of the answer itself, since the clocks here and there may differ by days, and from now without one. It
// is 0 without the header, for one that cannot be read, and for a date in the past. The caller bounds it.
func RetryAfter(answer http.Header, now time.Time) time.Duration {
	after := answer.Get("Retry-After")
	if seconds, err := strconv.ParseUint(after, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(after)
	if err != nil {
		return 0
	}
	if there, err := http.ParseTime(answer.Get("Date")); err == nil {
		now = there
	}
	return max(0, date.Sub(now))
}
