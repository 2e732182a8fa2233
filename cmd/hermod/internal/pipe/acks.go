package pipe

import "sync"

// acks are the deliveries whose acknowledgement is awaited, by bufferId; its zero value is ready.
type acks struct {
	mu      sync.Mutex
	waiting map[string]*awaited
}

// awaited is shared by all that wait for the same bufferId.
type awaited struct {
	acked chan struct{}
	count int
}

// expect returns a channel that settle closes. forget must follow.
func (a *acks) expect(bufferID string) <-chan struct{} {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.waiting[bufferID]
	if w == nil {
		w = &awaited{acked: make(chan struct{})}
		if a.waiting == nil {
			a.waiting = make(map[string]*awaited)
		}
		a.waiting[bufferID] = w
	}
	w.count++
	return w.acked
}

// forget withdraws what expect returned.
func (a *acks) forget(bufferID string, acked <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.waiting[bufferID]
	if w == nil || w.acked != acked {
		return
	}
	if w.count--; w.count == 0 {
		delete(a.waiting, bufferID)
	}
}

// settle releases everyone who waits for the acknowledgement. It reports whether anyone does.
func (a *acks) settle(bufferID string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	w := a.waiting[bufferID]
	if w == nil {
		return false
	}
	delete(a.waiting, bufferID)
	close(w.acked)
	return true
}
