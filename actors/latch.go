package actors

import "sync/atomic"

// latch is a channel that is closed once, and made only for a goroutine that waits for that. One goroutine may wait.
type latch struct {
	closed  atomic.Bool
	waiting atomic.Pointer[chan struct{}]
}

func (l *latch) close() {
	l.closed.Store(true)
	l.release()
}

// done returns a channel that is closed when the latch is.
func (l *latch) done() <-chan struct{} {
	ch := make(chan struct{})
	l.waiting.Store(&ch)
	if l.closed.Load() {
		l.release()
	}
	return ch
}

func (l *latch) release() {
	if ch := l.waiting.Swap(nil); ch != nil {
		close(*ch)
	}
}
