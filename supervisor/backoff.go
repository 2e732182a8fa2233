package supervisor

import "time"

// Backoff is the ladder of delays between dials. The zero value is not useful; see Policy.
type Backoff struct {
	// Base is the first rung, Max the highest.
	Base, Max time.Duration
}

// Rung returns the delay before the n-th dial in a row, without jitter, n counted from 1: min(Base·2^(n-1), Max).
// It never overflows and is never negative.
func (b Backoff) Rung(n int) time.Duration {
	delay := max(0, min(b.Base, b.Max))
	for i := 1; i < n && 0 < delay && delay < b.Max; i++ {
		delay += min(delay, b.Max-delay)
	}
	return delay
}

// Delay returns the delay before the n-th dial: jitter, in [0, 1), picks it from [Rung(n)/2, Rung(n)].
func (b Backoff) Delay(n int, jitter float64) time.Duration {
	rung := b.Rung(n)
	half := rung / 2
	return rung - half + min(half, time.Duration(jitter*float64(half)))
}
