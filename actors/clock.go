package actors

import "time"

var started = time.Now()

// sinceStart is the time in nanoseconds, to be compared with another.
func sinceStart() int64 { return int64(time.Since(started)) }

// moment is a time in a third of the memory. Zero is none.
type moment int64

func now() moment { return moment(sinceStart()) }

// IsZero says that it is none.
func (m moment) IsZero() bool { return m == 0 }

// time returns the moment as others know it.
func (m moment) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return started.Add(time.Duration(m))
}
