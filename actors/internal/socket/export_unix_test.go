//go:build unix

package socket

// CrowdWaiters has no further light socket wait to read, until the returned function is called.
func CrowdWaiters() (end func()) {
	most := maxWaiters()
	waiters.Add(most)
	return func() { waiters.Add(-most) }
}

// Waiters is how many wait in Go's own poller.
func Waiters() int64 { return waiters.Load() }
