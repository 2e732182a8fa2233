package actors

import "sync/atomic"

// signal is a channel that is closed once, and made only when somebody asks for it. The zero value is ready.
type signal struct{ ch atomic.Pointer[chan struct{}] }

var given = func() *chan struct{} { ch := make(chan struct{}); close(ch); return &ch }()

// channel returns the channel. It may be called from any goroutine.
func (s *signal) channel() <-chan struct{} {
	if ch := s.ch.Load(); ch != nil {
		return *ch
	}
	ch := make(chan struct{})
	s.ch.CompareAndSwap(nil, &ch)
	return *s.ch.Load()
}

// give closes the channel. Further calls do nothing.
func (s *signal) give() {
	if ch := s.ch.Swap(given); ch != nil && ch != given {
		close(*ch)
	}
}

func (s *signal) isGiven() bool { return s.ch.Load() == given }
