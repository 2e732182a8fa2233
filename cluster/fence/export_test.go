package fence

import "time"

// SetClock has the fence tell the time by another clock.
func (f *Fence) SetClock(now func() time.Duration) { f.now = now }

// Kept is the number of connections that the fence remembers.
func (f *Fence) Kept() int {
	f.links.mu.Lock()
	defer f.links.mu.Unlock()
	return len(f.links.conns)
}
