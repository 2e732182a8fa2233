package actors

import (
	"time"

	"hermod/messages"
)

// recheck is how often a reader that stopped reading looks whether requests have begun to wait for their results.
const recheck = 50 * time.Millisecond

// holdBack returns when the reader may read on: at once, unless more is queued than Config allows. Then the connector
// feels it through TCP. The inbox says when half of it is settled. While requests wait, the bound is twice as high: a
// handler may hold its lane until a result comes that is behind other events on the wire.
func (p *pump) holdBack() {
	if !p.full(1) || p.counters.pending.Load() > 0 && !p.full(2) {
		return
	}
	resume := make(chan struct{}, 1)
	p.link.Tell(&messages.ReadingPaused{Paused: true})
	p.meetInbox().Tell(&messages.ReaderParked{Generation: p.gen, Resume: resume})
	over := p.over.done()
	tick := time.NewTicker(recheck)
	defer tick.Stop()
	for {
		select {
		case <-resume:
			p.link.Tell(&messages.ReadingPaused{Paused: false})
			return
		case <-over:
			return
		case <-tick.C:
			if p.counters.pending.Load() > 0 && !p.full(2) {
				p.link.Tell(&messages.ReadingPaused{Paused: false})
				return
			}
		}
	}
}

func (p *pump) full(times int64) bool {
	return p.counters.queued.Load() >= times*int64(p.cfg.MaxQueued) ||
		p.counters.queuedBytes.Load() >= times*int64(p.cfg.MaxQueuedBytes)
}
