package passive

import "sync/atomic"

// Signal is a channel that is closed once, and there only while somebody waits for it. The zero value is ready.
type Signal struct{ waited atomic.Pointer[Waited] }

// Waited is a Signal's channel, and how many wait for it; never zero again once it was.
type Waited struct {
	C     chan struct{} // closed when the signal is given
	count atomic.Int64
	kept  atomic.Bool // one of them never leaves
}

var given = func() *Waited { w := &Waited{C: make(chan struct{})}; close(w.C); return w }()

// Channel returns the channel, which is kept from then on. It may be called from any goroutine.
func (s *Signal) Channel() <-chan struct{} {
	w := s.waited.Load()
	if w == nil || !w.kept.Load() {
		w = s.Join()
		w.kept.Store(true)
	}
	return w.C
}

// Join returns the channel for a while, until Leave.
func (s *Signal) Join() *Waited {
	for {
		w := s.waited.Load()
		switch {
		case w == given:
			return w
		case w == nil:
			w = &Waited{C: make(chan struct{})}
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

// Leave forgets the channel if nobody else waits for it.
func (s *Signal) Leave(w *Waited) {
	if w != given && w.count.Add(-1) == 0 {
		s.waited.CompareAndSwap(w, nil)
	}
}

// Give closes the channel. Further calls do nothing.
func (s *Signal) Give() {
	if w := s.waited.Swap(given); w != nil && w != given {
		close(w.C)
	}
}

func (s *Signal) IsGiven() bool { return s.waited.Load() == given }
