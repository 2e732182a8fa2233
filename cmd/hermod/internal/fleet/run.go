package fleet

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/messages"
)

// run is one start of a bot: its preparation, then its relay, then its end. It belongs to the bot's actor.
type run struct {
	turn   uint64
	config *config.Bot     // as it was applied
	issued *config.Bot     // the same with what the connector issued, nil until then
	ctx    context.Context // ends with the relay, or with the wish to have one
	cancel context.CancelFunc

	pid       *actor.PID    // the relay's actor, nil before it is spawned and after it has stopped
	relay     *actors.Relay // its handle, nil until it was introduced
	deliverer Deliverer     // nil until it is made

	closing  context.Context // bounds the end; nil before it begins
	giveUp   context.CancelFunc
	crashed  bool // the relay stopped without being asked to
	prepared bool // the preparation has returned
}

func (b *botActor) start() {
	b.turn++
	b.run = &run{turn: b.turn, config: b.config}
	b.run.ctx, b.run.cancel = context.WithCancel(context.Background())
	b.status.Starts++
	b.status.earlier = b.status.Totals()
	b.status.Status = actors.Status{}
	b.enter(Starting)
	b.log.Debug("starting")
	b.publish()
	p := preparation{turn: b.turn, bot: b.bot, config: b.config, opts: b.opts, log: b.log}
	go p.run(b.run.ctx)
}

func (b *botActor) waiting(m *waiting) {
	if !b.current(m.turn) || b.run.closing != nil {
		return
	}
	b.status.LastError, b.status.Hint = m.err.Error(), m.hint
	b.log.Warn("waits for the connector before it dials", "err", m.err, "hint", m.hint)
	b.publish()
}

// prepared spawns the relay, unless the bot shall not run any more.
func (b *botActor) prepared(ctx actor.Context, m *prepared) {
	if !b.current(m.turn) {
		closeUnwanted(m.deliverer)
		return
	}
	b.run.prepared, b.run.deliverer, b.run.issued = true, m.deliverer, m.config
	switch {
	case b.run.closing != nil:
		b.closeDeliverer()
	case m.err != nil:
		b.fail(m.err)
	default:
		pid, err := ctx.SpawnNamed(m.props, "relay/"+strconv.FormatUint(m.turn, 10))
		if err != nil { // the turn is new, so the name is
			panic(err)
		}
		b.run.pid = pid
		ctx.Request(pid, &messages.Introduce{})
		ctx.Send(pid, &messages.WatchStatus{Watcher: &relayWatch{turn: m.turn, bot: b.bot.self}})
	}
}

// fail leaves the bot without a relay until its configuration changes or somebody reconnects it.
func (b *botActor) fail(err error) {
	b.run.cancel()
	b.run = nil
	b.enter(messages.Failed)
	b.status.LastError = err.Error()
	b.status.Hint = "correct the configuration and reload, or reconnect the bot"
	if hinted := new(StartError); errors.As(err, &hinted) && hinted.Hint != "" {
		b.status.Hint = hinted.Hint
	}
	b.log.Error("bot failed to start", "err", err)
	b.publish()
}

// relayWatch passes the transitions of a run's relay on to the bot's actor.
type relayWatch struct {
	turn uint64
	bot  ref[toBot]
}

// StatusChanged implements messages.Watcher.
func (w *relayWatch) StatusChanged(s messages.Status) {
	w.bot.Tell(&relayChanged{turn: w.turn, status: s})
}

// WatchEnded implements messages.Watcher: the bot's actor learns of the relay's end as its parent.
func (w *relayWatch) WatchEnded() {}

func (b *botActor) relayChanged(m *relayChanged) {
	if !b.current(m.turn) || b.run.pid == nil {
		return
	}
	since := b.status.Since
	b.status.Status = m.status
	if b.run.closing != nil {
		b.enterDraining()
		b.status.Since = since
		return
	}
	b.status.Cause = ""
	if m.status.State == messages.Disabled {
		b.status.Cause = Revoked
	}
	b.asleep = b.asleep && m.status.State == messages.Dormant
	b.publish()
}

func (b *botActor) sleepIn(turn uint64) {
	if !b.current(turn) || b.run.closing != nil {
		return
	}
	b.asleep = true
	b.publish()
	b.bot.self.after(napRenewal, &napOver{turn: turn})
}

func (b *botActor) napOver(ctx actor.Context, turn uint64) {
	if !b.current(turn) || !b.asleep || b.run.pid == nil {
		return
	}
	ctx.Send(b.run.pid, &messages.HoldRedial{})
	b.bot.self.after(napRenewal, &napOver{turn: turn})
}

func (b *botActor) wake(ctx actor.Context) {
	b.asleep = false
	if b.run != nil && b.run.pid != nil {
		ctx.Send(b.run.pid, &messages.Wake{})
	}
}

// drain ends the run within the budget; ended follows.
func (b *botActor) drain(ctx actor.Context) {
	if b.run.closing != nil {
		return
	}
	deadline := time.Now().Add(b.budget)
	if b.config == nil {
		deadline = b.until
	}
	b.run.close(deadline)
	b.asleep = false
	b.enterDraining()
	b.log.Info("draining", "removed", b.config == nil)
	b.publish()
	if b.run.pid == nil {
		b.run.cancel()
		return
	}
	ctx.Send(b.run.pid, &messages.CloseRelay{Deadline: deadline})
}

// close begins the end of the run; a zero deadline is none.
func (r *run) close(deadline time.Time) {
	if deadline.IsZero() {
		r.closing, r.giveUp = context.WithCancel(context.Background())
		return
	}
	r.closing, r.giveUp = context.WithDeadline(context.Background(), deadline)
}

// enterDraining shows a bot that comes back as retrying, and one that does not as disabled.
func (b *botActor) enterDraining() {
	b.enter(Draining)
	if b.config == nil || b.off != "" {
		b.status.PlatformState, b.status.Cause = messages.Disabled.Platform(), b.off
	}
}

// cutOff ends a run that drains without waiting for anything.
func (b *botActor) cutOff(ctx actor.Context) {
	if b.run == nil || b.run.closing == nil {
		return
	}
	b.run.giveUp()
	switch {
	case b.run.pid != nil:
		ctx.Stop(b.run.pid)
	case !b.run.prepared:
		b.ended(ctx, b.run.turn)
	}
}

// relayGone closes the deliverer after the relay. The relay's last words are the status from then on.
func (b *botActor) relayGone(who *actor.PID) {
	if b.run == nil || b.run.pid == nil || !b.run.pid.Equal(who) {
		return
	}
	b.run.pid = nil
	b.run.cancel()
	if b.run.relay != nil {
		last := b.run.relay.Status()
		b.status.Counters, b.status.Pending, b.status.Queued, b.status.QueuedBytes = last.Counters, 0, 0, 0
		b.status.Generation, b.status.Handshakes, b.status.Ends = last.Generation, last.Handshakes, last.Ends
		b.run.relay = nil
	}
	if b.run.closing == nil {
		b.log.Error("the relay stopped by itself; it starts again", "delay", crashDelay)
		b.run.crashed = true
		b.run.close(time.Now().Add(b.budget))
	}
	b.closeDeliverer()
}

func (b *botActor) closeDeliverer() {
	if b.run.deliverer == nil {
		b.bot.self.Tell(&ended{turn: b.run.turn})
		return
	}
	go func(r *run, self ref[toBot], log func(string, ...any)) {
		if err := guard(func() error { return r.deliverer.Close(r.closing) }); err != nil {
			log("the delivery did not close in order", "err", err)
		}
		self.Tell(&ended{turn: r.turn})
	}(b.run, b.bot.self, b.log.Warn)
}

// ended is the end of a run: nothing of it is left.
func (b *botActor) ended(ctx actor.Context, turn uint64) {
	if !b.current(turn) {
		return
	}
	crashed := b.run.crashed
	b.run.cancel()
	b.run.giveUp()
	b.run = nil
	if crashed && b.off == "" && b.config != nil {
		b.enter(messages.Backoff)
		b.status.NextDial = time.Now().Add(crashDelay)
		b.status.LastError, b.status.Hint = "the relay stopped by itself", "this is a bug of Hermod's; the log has its trace"
		b.publish()
		b.bot.self.after(crashDelay, &restartDue{turn: turn})
		return
	}
	b.reconcile(ctx)
}

// release lets go of what runs when the actor stops, which the relay does with it.
func (b *botActor) release() {
	if b.run == nil {
		return
	}
	b.run.cancel()
	if b.run.giveUp != nil {
		b.run.giveUp()
	}
	if b.run.pid != nil {
		closeUnwanted(b.run.deliverer)
	}
	b.run = nil
}

// guard turns a panic into an error.
func guard(do func() error) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("panicked: %v", reason)
		}
	}()
	return do()
}
