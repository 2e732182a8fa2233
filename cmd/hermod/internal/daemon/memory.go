package daemon

import (
	"runtime/debug"
	"sync"
	"time"
)

// Bots have dialled settled after a configuration was applied, most likely. Those of a slow machine are waited for, but
// not for ever: a connector may be gone.
const (
	settled    = 10 * time.Second
	settlingIn = 6 // times
)

// tidy gives back what reading a configuration and dialling took, which is several times what the bots keep: the
// collector alone would keep it for bots that may never come.
type tidy struct {
	dialling func() bool
	ended    func() // called when the bots are at rest the first time, or at stop

	mu    sync.Mutex
	timer *time.Timer
	left  int // how often it may still be put off
}

// later has the memory given back once the bots are at rest; each call puts it off.
func (t *tidy) later() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left = settlingIn
	if t.timer == nil {
		t.timer = time.AfterFunc(settled, t.due)
		return
	}
	t.timer.Reset(settled)
}

func (t *tidy) due() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.left--; t.left > 0 && t.dialling() {
		t.timer.Reset(settled)
		return
	}
	debug.FreeOSMemory()
	t.ended()
}

// stop ends it.
func (t *tidy) stop() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.timer != nil {
		t.timer.Stop()
	}
	t.ended()
}
