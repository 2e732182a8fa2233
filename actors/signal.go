package actors

import "sync/atomic"

// signal is a channel that is closed once, and there only while somebody waits for it. The zero value is ready.
type signal struct{ waited atomic.Pointer[waited] }

// waited is a signal's channel, and how many wait for it; never zero again once it was.
type waited struct {
	ch    chan struct{}
	count atomic.Int64
	kept  atomic.Bool // one of them never leaves
}

var given = func() *waited { w := &waited{ch: make(chan struct{})}; close(w.ch); return w }()

// channel returns the channel, which is kept from then on. It may be called from any goroutine.
func (s *signal) channel() <-chan struct{} {
	w := s.waited.Load()
	if w == nil || !w.kept.Load() {
		w = s.join()
		w.kept.Store(true)
	}
	return w.ch
}

// join returns the channel for a while, until leave.
func (s *signal) join() *waited {
	for {
		w := s.waited.Load()
		switch {
		case w == given:
			return w
		case w == nil:
			w = &waited{ch: make(chan struct{})}
			w.count.Store(1)
			if s.waited.CompareAndSwap(nil, w) {
				return w
			}
		default:
			for count := w.count.Load(); count > 0; count = w.count.Load() {
				if w.count.CompareAndSwap(count, count+1) {
					return w
				}
			}
			s.waited.CompareAndSwap(w, nil) // the last one leaves
		}
	}
}

// leave forgets the channel if nobody else waits for it.
func (s *signal) leave(w *waited) {
	if w != given && w.count.Add(-1) == 0 {
		s.waited.CompareAndSwap(w, nil)
	}
}

// give closes the channel. Further calls do nothing.
func (s *signal) give() {
	if w := s.waited.Swap(given); w != nil && w != given {
		close(w.ch)
	}
}

func (s *signal) isGiven() bool { return s.waited.Load() == given }
