package fleet

import (
	"context"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/messages"
)

// crashDelay separates a relay that stopped by itself, which is a bug, from its successor.
const crashDelay = 5 * time.Second

// drain ends the run within the budget; ended follows.
func (b *botActor) drain(ctx actor.Context) {
	deadline := time.Now().Add(b.budget)
	if b.config == nil {
		deadline = b.until
	}
	b.run.close(deadline)
	b.log().Debug("draining", "removed", b.config == nil)
	b.publish(b.draining())
	if b.run.relay != nil {
		b.sayFarewell()
	}
}

// close begins the end of the run; a zero deadline is none.
func (r *run) close(deadline time.Time) {
	r.endNap()
	r.closing = new(closing)
	if deadline.IsZero() {
		r.closing.ctx, r.closing.giveUp = context.WithCancel(context.Background())
	} else {
		r.closing.ctx, r.closing.giveUp = context.WithDeadline(context.Background(), deadline)
	}
	if r.cancel != nil {
		r.cancel() // the preparation says prepared all the same
	}
}

// draining shows a bot that comes back as retrying, and one that does not as disabled.
func (b *botActor) draining() Status {
	s := b.entering(Draining)
	if b.config == nil || b.off != "" {
		s.PlatformState, s.Cause = messages.Disabled.Platform(), b.off
	}
	return s
}

// stayDraining shows that it is no longer the same that comes after the draining.
func (b *botActor) stayDraining() {
	s := b.draining()
	before := b.now()
	s.Since = before.Since
	if s.PlatformState != before.PlatformState || s.Cause != before.Cause {
		b.publish(s)
	}
}

// cutOff ends a run that drains without waiting for anything but its relay and deliverer, which end soon.
func (b *botActor) cutOff(ctx actor.Context) {
	if b.run == nil || b.run.closing == nil {
		return
	}
	b.run.closing.giveUp()
	switch {
	case b.run.relay != nil:
		b.run.relay.CutOff()
	case b.run.cancel != nil:
		b.ended(ctx, b.turn)
	}
}

// relayGone closes the deliverer after the relay. The relay's last words are the status from then on.
func (b *botActor) relayGone(who *actor.PID) {
	if b.run == nil || b.run.relay == nil || !b.run.relay.Is(who) {
		return
	}
	b.bot.self.Release()
	relay := b.run.relay
	last, s := relay.Status(), b.now()
	s.Counters, s.Pending, s.Queued, s.QueuedBytes = last.Counters, 0, 0, 0
	s.Generation, s.Handshakes, s.Ends = last.Generation, last.Handshakes, last.Ends
	s.sources = sources{}
	b.status, b.run.relay = recordOf(s), nil
	if b.run.closing == nil {
		b.log().Error("the relay stopped by itself; it starts again", "delay", crashDelay)
		b.run.close(time.Now().Add(b.budget))
		b.run.closing.crashed = true
		b.publish(b.draining())
	}
	b.closeDeliverer(relay)
}

// closeDeliverer closes the deliverer when the last handler of a relay that has stopped, if there was one, has
// returned, or the budget is over.
func (b *botActor) closeDeliverer(relay *actors.Relay) {
	if b.run.deliverer == nil {
		b.bot.tell(&ended{turn: b.turn})
		return
	}
	go func(d Deliverer, closing context.Context, turn uint64) {
		defer b.bot.tell(&ended{turn: turn})
		if relay != nil {
			select {
			case <-relay.Done():
			case <-closing.Done():
			}
		}
		if err := actors.Guard(func() error { return d.Close(closing) }); err != nil {
			b.log().Warn("the delivery did not close in order", "err", err)
		}
	}(b.run.deliverer, b.run.closing.ctx, b.turn)
}

// ended is the end of a run: nothing of it is left. What follows a crash waits, unless somebody wants it at once.
func (b *botActor) ended(ctx actor.Context, turn uint64) {
	if !b.current(turn) {
		return
	}
	crashed := b.run.closing.crashed && b.off == "" && b.config == b.run.config && !b.redo
	b.run.closing.giveUp()
	b.run = nil
	if !crashed {
		b.reconcile(ctx)
		return
	}
	s := b.entering(messages.Backoff)
	s.NextDial = time.Now().Add(crashDelay)
	s.LastError, s.Hint = "the relay stopped by itself", "this is a bug of Hermod's; the log has its trace"
	b.publish(s)
	b.after(crashDelay, &restartDue{turn: turn})
}

// release lets go of what runs when the actor stops, which the relay does with it.
func (b *botActor) release(ctx actor.Context) {
	b.released = true
	if b.run == nil {
		return
	}
	b.run.endPreparation()
	b.run.endNap()
	if b.run.closing != nil {
		b.run.closing.giveUp()
	}
	if b.run.relay != nil {
		b.run.relay.Adopt(ctx)
		b.orphan = b.run.deliverer
	}
	b.run = nil
}

// finish tells whoever waits for the bot's end.
func (b *botActor) finish() {
	closeUnwanted(b.orphan)
	b.bot.self.End()
	b.bot.done.Give()
}
