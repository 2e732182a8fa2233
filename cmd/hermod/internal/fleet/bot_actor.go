package fleet

import (
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/messages"
)

const (
	// napRenewal is how often a sleeping relay is told not to dial; a hold lasts 60 s.
	napRenewal = 30 * time.Second
	// crashDelay separates a relay that stopped by itself, which is a bug, from its successor.
	crashDelay = 5 * time.Second
)

// botActor owns one bot: what it shall be and what runs of it. Whatever changes, reconcile compares the two; a run ends
// before the next one begins.
//
//	starting ──▶ the relay's own states ──▶ draining ──▶ starting, disabled, or gone
//	    └──▶ failed
type botActor struct {
	bot   *Bot
	fleet ref[toFleet]
	opts  Options
	log   *slog.Logger

	config *config.Bot   // nil when the bot left the configuration
	budget time.Duration // for draining
	until  time.Time     // the end of the budget of a bot that left
	off    Cause         // why the bot shall not run; "" when it shall
	redo   bool          // the run shall give way to a new one

	run    *run // what runs, nil when nothing does
	turn   uint64
	asleep bool // the relay shall stay dormant
	status Status
}

func botProps(bot *Bot, fleet ref[toFleet], opts Options) *actor.Props {
	stop := actor.NewOneForOneStrategy(0, 0, func(any) actor.Directive { return actor.StopDirective })
	return actor.PropsFromProducer(func() actor.Actor {
		return &botActor{bot: bot, fleet: fleet, opts: opts, log: opts.Logger.With("bot", bot.name)}
	}, actor.WithSupervisor(stop))
}

// Receive implements actor.Actor.
func (b *botActor) Receive(ctx actor.Context) {
	defer logBug(b.log, ctx)
	switch m := ctx.Message().(type) {
	case *configure:
		b.configure(ctx, m)
	case *retire:
		b.config, b.until = nil, m.deadline
		b.reconcile(ctx)
	case *cutOff:
		b.cutOff(ctx)
	case *getStatus:
		m.reply <- b.snapshot()
	case *getConfig:
		m.reply <- b.effective()
	case *actor.Terminated:
		b.relayGone(m.Who)
	case *actor.Stopping:
		b.release()
	case *actor.Stopped:
		close(b.bot.done)
	default:
		b.command(ctx)
		b.report(ctx)
	}
}

// command does what an operator asks for.
func (b *botActor) command(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *enable:
		b.off = ""
		b.reconcile(ctx)
	case *disable:
		b.off = ByOperator
		b.reconcile(ctx)
	case *reconnect:
		b.reconnect(ctx)
	case *wake:
		b.wake(ctx)
	case *sleptIn:
		b.sleepIn(m.turn)
	}
}

// report takes what the goroutines and timers of a run say; what belongs to an older run finds nobody.
func (b *botActor) report(ctx actor.Context) {
	switch m := ctx.Message().(type) {
	case *waiting:
		b.waiting(m)
	case *prepared:
		b.prepared(ctx, m)
	case *actors.Relay:
		if b.run != nil && b.run.pid.Equal(ctx.Sender()) {
			b.run.relay = m
		}
	case *relayChanged:
		b.relayChanged(m)
	case *ended:
		b.ended(ctx, m.turn)
	case *napOver:
		b.napOver(ctx, m.turn)
	case *restartDue:
		if m.turn == b.turn && b.run == nil {
			b.reconcile(ctx)
		}
	}
}

func (b *botActor) current(turn uint64) bool { return b.run != nil && b.run.turn == turn }

func (b *botActor) configure(ctx actor.Context, m *configure) {
	if b.config == nil || b.config.Enabled != m.config.Enabled {
		b.off = ""
		if !m.config.Enabled {
			b.off = ByConfig
		}
	}
	b.config, b.budget = m.config, m.budget
	b.reconcile(ctx)
}

// reconcile ends what shall not run and starts what shall.
func (b *botActor) reconcile(ctx actor.Context) {
	if b.run != nil {
		if b.redo || b.off != "" || b.run.config != b.config {
			b.drain(ctx)
		}
		return
	}
	b.redo = false
	switch {
	case b.config == nil:
		b.fleet.Tell(&botRetired{bot: b.bot})
	case b.off != "":
		b.enterDisabled()
	default:
		b.start()
	}
}

func (b *botActor) enterDisabled() {
	b.enter(messages.Disabled)
	b.status.Cause = b.off
	b.status.LastError = ""
	b.status.Hint = "enable it to connect again"
	if b.off == ByConfig {
		b.status.Hint = "the configuration says enabled: false"
	}
	b.log.Info("disabled", "cause", string(b.off))
	b.publish()
}

// reconnect leaves a relay that merely waits for its next dial in place.
func (b *botActor) reconnect(ctx actor.Context) {
	switch {
	case b.run != nil && b.waits():
		b.wake(ctx)
	case b.run == nil || b.run.pid != nil:
		b.redo = true
		b.reconcile(ctx)
	}
}

// waits says that the relay will dial by itself, later.
func (b *botActor) waits() bool {
	return b.status.State == messages.Backoff || b.status.State == messages.Dormant
}

// enter moves the bot to a state of its own.
func (b *botActor) enter(state actors.State) {
	b.status.Name = b.bot.name
	b.status.State, b.status.PlatformState = state, state.Platform()
	b.status.Since = time.Now()
	b.status.NextDial = time.Time{}
	b.status.Cause = ""
}

func (b *botActor) publish() {
	b.status.Asleep = b.asleep
	b.fleet.Tell(&botChanged{bot: b.bot, status: b.status})
}

// effective is the configuration that the relay runs with, or the one that it would be prepared from.
func (b *botActor) effective() *config.Bot {
	if b.run != nil && b.run.issued != nil {
		return b.run.issued
	}
	return b.config
}

func (b *botActor) snapshot() snapshot {
	now := snapshot{status: b.status, turn: b.turn}
	if b.run != nil {
		now.relay = b.run.relay
	}
	return now
}
