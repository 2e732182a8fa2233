package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/wire"
)

// closing is the progress of an orderly end: drain what is pending and queued, end the handlers, close the link, stop.
type closing struct {
	stage   closingStage
	missing map[part]bool // what the stage waits for
	timer   *time.Timer   // bounds the stage
}

// enterClosing begins the end. Sends fail as closed from now on; what is pending has the grace of its budget.
func (r *relayActor) enterClosing(ctx actor.Context, m *messages.CloseRelay) {
	if r.errands.closing != nil {
		return
	}
	budget := defaultCloseBudget
	if !m.Deadline.IsZero() {
		budget = time.Until(m.Deadline)
	}
	r.stopRedial()
	stopTimer(r.errands.hold)
	r.dialWanted = false
	r.begin().closing = &closing{missing: map[part]bool{pendingRequests: true, queuedDeliveries: true}}
	r.errands.closing.timer = r.handle.self.After(wire.DrainGrace(budget), &drainExpired{stage: draining})
	r.failHandshakes()
	r.handle.registry.Tell(&drainRegistry{})
	r.handle.inbox.Tell(&drainInbox{})
}

func (r *relayActor) drained(ctx actor.Context, part part) {
	if r.errands.closing == nil || !r.errands.closing.missing[part] {
		return
	}
	delete(r.errands.closing.missing, part)
	if len(r.errands.closing.missing) == 0 {
		r.nextStage(ctx)
	}
}

func (r *relayActor) drainExpired(ctx actor.Context, stage closingStage) {
	if r.errands.closing != nil && stage == r.errands.closing.stage {
		r.nextStage(ctx)
	}
}

// nextStage moves on when a stage is done, or when its time is over.
func (r *relayActor) nextStage(ctx actor.Context) {
	c := r.errands.closing
	stopTimer(c.timer)
	c.stage++
	step := teardownStep
	if c.stage == closingLink {
		step *= 2 // the link bounds its own end by one step: this is for a link that does not
	}
	c.timer = r.handle.self.After(step, &drainExpired{stage: c.stage})
	switch c.stage {
	case endingHandlers:
		c.missing = map[part]bool{runningHandlers: true}
		r.handle.registry.Tell(&endRequests{})
		r.handle.inbox.Tell(&cancelHandlers{})
	case closingLink:
		c.missing = nil
		if r.link == nil {
			r.finishClosing(ctx)
			return
		}
		r.link.link.Tell(&closeLink{code: wire.CloseNormal, reason: "gateway closing"})
	default:
		r.stopSelf(ctx)
	}
}

// finishClosing stops the relay when its link is gone and nothing else is awaited.
func (r *relayActor) finishClosing(ctx actor.Context) {
	if r.errands.closing.stage >= closingLink {
		r.stopSelf(ctx)
	}
}

func (r *relayActor) stopSelf(ctx actor.Context) { ctx.Stop(ctx.Self()) }
