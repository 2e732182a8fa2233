package deliver

import (
	"container/list"
	"sync"
	"time"
)

// inHand knows since when the deliveries wait that are being made. Its zero value is ready, and its methods may be
// called from any goroutine.
type inHand struct {
	mu    sync.Mutex
	since list.List // of time.Time, the oldest in front
}

// take notes a delivery; done is called once, when it is settled.
func (h *inHand) take() (done func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	place := h.since.PushBack(time.Now())
	return func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.since.Remove(place)
	}
}

// oldest is since when the delivery waits that waits for the longest time; zero when none does.
func (h *inHand) oldest() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	if first := h.since.Front(); first != nil {
		return first.Value.(time.Time)
	}
	return time.Time{}
}
