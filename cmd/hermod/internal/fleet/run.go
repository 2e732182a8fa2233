package fleet

import (
	"context"
	"errors"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/messages"
)

// run is one start of a bot: its preparation, then its relay, then its end. It belongs to the bot's actor. While the
// relay is idle nothing of a run waits on a goroutine.
type run struct {
	config *config.Bot        // as it was applied
	issued *config.Bot        // the same with what the connector issued, nil until then
	cancel context.CancelFunc // ends the preparation, nil after it

	relay     *actors.Relay // nil before it is spawned and after it has stopped
	deliverer Deliverer     // nil until it is made
	nap       *nap          // nil while nobody asked for sleep

	closing context.Context // bounds the end; nil before it begins
	giveUp  context.CancelFunc
	crashed bool // the relay stopped without being asked to
}

func (b *botActor) current(turn uint64) bool { return b.run != nil && turn == b.turn }

// serving says that the relay runs and is to go on.
func (b *botActor) serving() bool { return b.run != nil && b.run.relay != nil && b.run.closing == nil }

func (b *botActor) start() {
	b.turn++
	b.run = &run{config: b.config}
	var ctx context.Context
	ctx, b.run.cancel = context.WithCancel(context.Background())
	next := *b.status
	if next.Starts > 0 {
		next.earlier = new(next.Totals())
	}
	next.Starts++
	next.Status, next.health = actors.Status{}, nil
	b.status = &next
	b.publish(b.entering(Starting))
	b.log().Debug("starting")
	go preparation{turn: b.turn, bot: b.bot, config: b.config, log: b.log()}.run(ctx)
}

func (b *botActor) waiting(m *waiting) {
	if !b.current(m.turn) || b.run.cancel == nil || b.run.closing != nil {
		return
	}
	s := *b.status
	s.LastError, s.Hint = m.err.Error(), m.hint
	b.log().Debug("waits for the connector before it dials", "err", m.err, "hint", m.hint)
	b.publish(s)
}

// prepared spawns the relay, unless the bot is not to run any more.
func (b *botActor) prepared(m *prepared) {
	close(m.taken)
	if !b.current(m.turn) {
		closeUnwanted(m.deliverer)
		return
	}
	b.run.endPreparation()
	b.run.deliverer, b.run.issued = m.deliverer, m.config
	switch {
	case b.run.closing != nil:
		b.closeDeliverer(nil)
	case m.err != nil:
		b.fail(m.err)
	default:
		b.spawn(m.relay)
	}
}

func (r *run) endPreparation() {
	if r.cancel != nil {
		r.cancel()
		r.cancel = nil
	}
}

func (b *botActor) spawn(cfg actors.Config) {
	relay, err := b.bot.fleet.engine.SpawnUnder(&b.bot.self, b.bot.name, cfg)
	if err != nil {
		closeUnwanted(b.run.deliverer)
		b.fail(err)
		return
	}
	b.run.relay = relay
	relay.Tell(&messages.WatchStatus{Watcher: &follower{bot: b.bot, turn: b.turn}})
}

// fail leaves the bot without a relay until its configuration changes or somebody reconnects it.
func (b *botActor) fail(err error) {
	b.run = nil
	s := b.entering(messages.Failed)
	s.LastError = err.Error()
	s.Hint = "correct the configuration and reload, or reconnect the bot"
	if hinted := new(StartError); errors.As(err, &hinted) && hinted.Hint != "" {
		s.Hint = hinted.Hint
	}
	b.log().Debug("bot failed to start", "err", err, "hint", s.Hint)
	b.publish(s)
}

// follower passes a relay's transitions on. It implements messages.Watcher on the relay's actor, so whatever the relay
// answers somebody comes after the status that goes with it.
type follower struct {
	bot  *Bot
	turn uint64
}

// StatusChanged tells the bot.
func (f *follower) StatusChanged(s messages.Status) {
	f.bot.tell(&relayChanged{turn: f.turn, status: s})
}

// WatchEnded has nothing to do: the framework tells the bot that its relay has stopped.
func (f *follower) WatchEnded() {}

func (b *botActor) relayChanged(m *relayChanged) {
	if !b.current(m.turn) || !b.serving() || m.status.State == messages.Closed {
		return
	}
	s := b.status.with(m.status)
	if b.status.Asleep && !s.Asleep {
		b.run.endNap()
	}
	b.publish(s)
}
