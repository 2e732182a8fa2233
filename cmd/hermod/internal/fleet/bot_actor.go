package fleet

import (
	"log/slog"
	"strconv"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/actors/passive"
	"hermod/cmd/hermod/internal/config"
	"hermod/messages"
	"hermod/supervisor"
)

// botActor owns one bot: what it is to be and what runs of it. Whatever changes, reconcile compares the two; a run ends
// before the next one begins. It is passive while nothing is to be done.
//
//	starting ──▶ the relay's own states ──▶ draining ──▶ starting, disabled, or gone
//	    └──▶ failed
type botActor struct {
	bot    *Bot
	number int // tells its actor from one of the same name before it

	config *config.Bot   // nil when the bot left the configuration
	budget time.Duration // for draining
	until  time.Time     // the end of the budget of a bot that left
	off    Cause         // why the bot is not to run; "" when it is
	redo   bool          // the run is to give way to a new one

	run    *run   // what runs, nil when nothing does
	turn   uint64 // numbers the runs
	status record // the fleet has it, too

	orphan   Deliverer // of a relay that stops with the actor; nil before
	released bool      // the actor is stopping, and its relay with it
}

// newBot makes a bot whose actor was not spawned yet.
func newBot(name string, fleet *Fleet, number int) *Bot {
	bot := &Bot{name: name, fleet: fleet}
	bot.self.By = &botActor{bot: bot, number: number}
	return bot
}

var botProps = passive.NewProps(actor.WithSupervisor(stopChild))

// Activate implements passive.Activator: the bot goes on where it was.
func (b *botActor) Activate(box *passive.Mailbox) error {
	f := b.bot.fleet
	_, err := supervisor.SpawnUnder(f.root, f.self, botProps.Of(b, box), b.bot.name+"/"+strconv.Itoa(b.number))
	return err
}

// Passivated implements passive.Activator.
func (b *botActor) Passivated() {}

// Rests implements passive.Resting: a bot rests while it has a relay, which may have something to do, or has none.
func (b *botActor) Rests() bool { return !b.released && (b.run == nil || b.run.relay != nil) }

// log returns the bot's logger. It is made for each line, of which there are few.
func (b *botActor) log() *slog.Logger { return b.bot.fleet.opts.Logger.With("bot", b.bot.name) }

// Receive implements actor.Actor.
func (b *botActor) Receive(ctx actor.Context) {
	defer supervisor.LogBug(b.log, ctx)
	switch m := ctx.Message().(type) {
	case *waiting:
		b.waiting(m)
	case *prepared:
		b.prepared(m)
	case *relayChanged:
		b.relayChanged(m)
	case *deliveryChanged:
		b.deliveryChanged(m)
	case *dozed:
		b.dozed(ctx, m)
	case *farewell:
		b.farewell(m.turn)
	case *ended:
		b.ended(ctx, m.turn)
	case *napDue:
		b.napDue(ctx, m.turn)
	case *restartDue:
		if m.turn == b.turn && b.run == nil && b.off == "" {
			b.reconcile(ctx)
		}
	case *actor.Terminated:
		b.relayGone(m.Who)
	case *actor.Stopping:
		b.release(ctx)
	case *actor.Stopped:
		b.finish()
	default:
		b.command(ctx)
	}
}

// command does what the fleet and operators ask for.
func (b *botActor) command(ctx actor.Context) {
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
	case *enable:
		b.enable(ctx)
	case *disable:
		b.disable(ctx)
	case *reconnect:
		b.reconnect(ctx)
	case *sleep:
		b.sleep(ctx, m.reply)
	case *wake:
		b.wake(ctx)
	default:
		supervisor.WarnUnknown(b.log, ctx)
	}
}

func (b *botActor) configure(ctx actor.Context, m *configure) {
	switch memory := b.bot.fleet.opts.Memory; {
	case b.config == nil && memory.Disabled(b.bot.name):
		b.off = ByOperator
	case b.config != nil && b.config.Enabled == m.config.Enabled:
	default:
		memory.SetDisabled(b.bot.name, false)
		b.off = ""
		if !m.config.Enabled {
			b.off = ByConfig
		}
	}
	b.config, b.budget = m.config, m.budget
	if m.delay > 0 && b.off == "" {
		b.postpone(m.delay)
		return
	}
	b.reconcile(ctx)
}

// reconcile ends what is not to run and starts what is.
func (b *botActor) reconcile(ctx actor.Context) {
	switch {
	case b.run == nil:
		b.redo = false
		b.begin()
	case b.run.closing != nil:
		b.stayDraining()
	case b.redo || b.off != "" || b.run.config != b.config:
		b.drain(ctx)
	}
}

// begin starts what is to run, when nothing does.
func (b *botActor) begin() {
	switch {
	case b.config == nil:
		b.bot.fleet.tell(&botRetired{bot: b.bot})
	case b.off != "":
		b.enterDisabled()
	default:
		b.start()
	}
}

func (b *botActor) enable(ctx actor.Context) {
	b.bot.fleet.opts.Memory.SetDisabled(b.bot.name, false)
	b.off = ""
	b.reconcile(ctx)
}

func (b *botActor) disable(ctx actor.Context) {
	if b.off != ByOperator {
		b.bot.fleet.opts.Memory.SetDisabled(b.bot.name, true)
		b.off = ByOperator
		b.reconcile(ctx)
	}
}

func (b *botActor) enterDisabled() {
	s := b.entering(messages.Disabled)
	s.Cause, s.LastError, s.Hint = b.off, "", "enable it to connect again"
	if b.off == ByConfig {
		s.Hint = "the configuration says enabled: false"
	}
	b.log().Debug("disabled", "cause", string(b.off))
	b.publish(s)
}

// reconnect leaves a relay that merely waits for its next dial in place, and a preparation that will dial anyway.
func (b *botActor) reconnect(ctx actor.Context) {
	switch {
	case b.run != nil && b.run.closing == nil && b.waits():
		b.wake(ctx)
	case b.run == nil || b.run.relay != nil || b.run.closing != nil:
		b.redo = true
		b.reconcile(ctx)
	}
}

// waits says that the relay will dial by itself, later.
func (b *botActor) waits() bool {
	return b.run.relay != nil && (b.status.state == messages.Backoff || b.status.state == messages.Dormant)
}

// entering returns a copy of the status in a state of the bot's own.
func (b *botActor) entering(state actors.State) Status {
	s := b.now()
	s.State, s.PlatformState = state, state.Platform()
	s.Since, s.NextDial = time.Now(), time.Time{}
	s.Cause, s.Asleep = "", false
	s.setDelivery(s.Delivery().idle())
	return s
}

// now returns the status as it was published, with the relay's figures of this moment.
func (b *botActor) now() Status { return b.status.of(b.bot.name, b.sources()) }

// publish makes s the status, and has the fleet tell of it.
func (b *botActor) publish(s Status) {
	s.sources = b.sources()
	b.status = recordOf(s)
	b.bot.fleet.tell(&botChanged{bot: b.bot, status: b.status, sources: s.sources})
}

// sources are none while nothing runs.
func (b *botActor) sources() (s sources) {
	if b.run != nil {
		s.relay = b.run.relay
		s.teller, _ = b.run.deliverer.(HealthTeller)
	}
	return s
}

// effective is the configuration that the relay runs with, or the one that it would be prepared from.
func (b *botActor) effective() *config.Bot {
	if b.run != nil && b.run.issued != nil {
		return b.run.issued
	}
	return b.config
}

func (b *botActor) snapshot() snapshot { return snapshot{b.status, b.sources()} }
