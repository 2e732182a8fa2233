package actors

import (
	"time"

	"hermod/wire"
)

// idleWaiter is one caller of go-idle.
type idleWaiter struct {
	reply chan<- bool
	timer *time.Timer
}

// goIdle asks the connector to buffer; callers that overlap share the frame of the first.
func (r *registry) goIdle(m *goIdle) {
	if !r.connected() || r.draining {
		m.reply <- false
		return
	}
	if len(r.idle) == 0 {
		r.tellWriter(&writeFrame{frame: wire.AppendGoingIdle(nil)})
	}
	timer := r.self.after(m.timeout, &idleDue{reply: m.reply})
	r.idle = append(r.idle, idleWaiter{reply: m.reply, timer: timer})
}

func (r *registry) idleAcked(generation uint64) {
	if generation == r.generation && len(r.idle) > 0 {
		r.settleAllIdle(true)
		return
	}
	r.counters.Ignored.Add(1)
}

// settleIdle answers one caller; the others go on waiting for the same acknowledgement.
func (r *registry) settleIdle(reply chan<- bool, acked bool) {
	for i, w := range r.idle {
		if w.reply == reply {
			w.timer.Stop()
			w.reply <- acked
			r.idle = append(r.idle[:i], r.idle[i+1:]...)
			return
		}
	}
}

func (r *registry) settleAllIdle(acked bool) {
	for _, w := range r.idle {
		w.timer.Stop()
		w.reply <- acked
	}
	r.idle = nil
}
