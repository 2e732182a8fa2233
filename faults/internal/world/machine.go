package world

import "time"

// stall is how long the machine may let this process wait before it is told from a quiet one.
const stall = 200 * time.Millisecond

// watchMachine looks at how late the process is woken, until the function that it returns is called, which returns the
// longest delay.
func watchMachine() (end func() time.Duration) {
	const every = 20 * time.Millisecond
	ending, longest := make(chan struct{}), make(chan time.Duration)
	go func() {
		late := time.Duration(0)
		for last := time.Now(); ; {
			select {
			case <-ending:
				longest <- late
				return
			case <-time.After(every):
			}
			now := time.Now()
			late = max(late, now.Sub(last)-every)
			last = now
		}
	}()
	return func() time.Duration {
		close(ending)
		return <-longest
	}
}
