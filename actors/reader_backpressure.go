package actors

import (
	"time"
)

// recheck is how often a reader that stopped reading looks whether requests have begun to wait for their results.
const recheck = 50 * time.Millisecond

// holdBack returns when the reader may read on: at once, unless more is queued than Config allows. Then the connector
// feels it through TCP. The inbox says when half of it is settled. While requests wait, the bound is twice as high: a
// handler may hold its lane until a result comes that is behind other events on the wire.
func (l *readLoop) holdBack() {
	if !l.full(1) || l.counters.pending.Load() > 0 && !l.full(2) {
		return
	}
	resume := make(chan struct{}, 1)
	l.link.Tell(&readingPaused{paused: true})
	l.meetInbox().Tell(&readerPaused{generation: l.gen, resume: resume})
	ended := l.ended.done()
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for {
		select {
		case <-resume:
			l.link.Tell(&readingPaused{paused: false})
			return
		case <-ended:
			return
		case <-tick.C:
			if l.counters.pending.Load() > 0 && !l.full(2) {
				l.link.Tell(&readingPaused{paused: false})
				return
			}
		}
	}
}

func (l *readLoop) full(times int64) bool {
	return l.counters.queued.Load() >= times*int64(l.cfg.MaxQueued) ||
		l.counters.queuedBytes.Load() >= times*int64(l.cfg.MaxQueuedBytes)
}
