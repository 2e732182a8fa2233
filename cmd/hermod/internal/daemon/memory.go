package daemon

import (
	"runtime/debug"
	"time"
)

// settled is how long after a configuration was applied its bots have dialled, most likely.
const settled = 10 * time.Second

// tidy gives back what reading a configuration and dialling took, which is several times what the bots keep: the
// collector alone would keep it for bots that may never come. It belongs to the daemon's goroutine.
type tidy struct{ timer *time.Timer }

// later has the memory given back once the bots are at rest; each call puts it off.
func (t *tidy) later() {
	if t.timer == nil {
		t.timer = time.AfterFunc(settled, debug.FreeOSMemory)
		return
	}
	t.timer.Reset(settled)
}

// stop ends it.
func (t *tidy) stop() {
	if t.timer != nil {
		t.timer.Stop()
	}
}
