package actors

import "time"

var started = time.Now()

// sinceStart is the time in nanoseconds, to be compared with another.
func sinceStart() int64 { return int64(time.Since(started)) }
