package deliver

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// history is how a receiver answered one bot. Its methods may be called from any goroutine.
type history struct {
	mu       sync.Mutex
	failures int       // in a row
	err      error     // the last of them
	since    time.Time // the first of them
	gone     bool      // the receiver answered 410: nothing is posted any more
	resume   time.Time // when the pause that the receiver asked for ends; zero when it asked for none
	ending   *time.Timer
}

// news is what an answer changes.
type news int

const (
	nothingNew news = iota
	beginsToFail
	failsAgain
	worksAgain
	isGone
)

// note keeps an answer. changed is called when a pause that the receiver asked for, at most for the longest, is over.
func (h *history) note(err error, longest time.Duration, changed func()) news {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err == nil {
		if h.failures == 0 {
			return nothingNew
		}
		h.failures, h.err, h.since = 0, nil, time.Time{}
		return worksAgain
	}
	if h.failures++; h.failures == 1 {
		h.since = time.Now()
	}
	h.err = err
	if refused := new(RefusedError); errors.As(err, &refused) && refused.RetryAfter > 0 {
		pause := min(refused.RetryAfter, longest)
		h.resume = time.Now().Add(pause)
		h.stop()
		h.ending = time.AfterFunc(pause, changed)
	}
	switch {
	case err == errGone && !h.gone:
		h.gone = true
		return isGone
	case h.failures == 1:
		return beginsToFail
	}
	return failsAgain
}

// refuses says why nothing is to be posted, nil if something is.
func (h *history) refuses() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.gone:
		return errGone
	case !h.over():
		return fmt.Errorf("the receiver asked for no posts until %s", h.resume.UTC().Format(time.RFC3339))
	}
	return nil
}

// over says that the receiver's pause, if there was one, is over; the lock is held.
func (h *history) over() bool { return !time.Now().Before(h.resume) }

// failing says that the last post failed; last is why, nil if it did not.
func (h *history) failing() bool { return h.last() != nil }

func (h *history) last() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.err
}

// pause is how long nothing is to be posted.
func (h *history) pause() time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(0, time.Until(h.resume))
}

// stop ends the timer; the lock is held.
func (h *history) stop() {
	if h.ending != nil {
		h.ending.Stop()
	}
}

func (h *history) close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stop()
}
