package fleet

import (
	"log/slog"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/cmd/hermod/internal/config"
	"hermod/supervisor"
)

// fleetActor owns the bots by name and those who watch them. A bot that panics is stopped, alone, and started anew.
type fleetActor struct {
	fleet    *Fleet
	log      *slog.Logger
	members  map[string]*member
	budget   time.Duration // for draining
	running  int           // actors of bots that have not stopped
	spawned  int           // numbers their names, since one may stop while its successor starts
	watchers map[*watcher]struct{}
	dialled  dialled // the last that was told of
	closing  bool
}

// member is a bot of the fleet.
type member struct {
	bot     *Bot
	config  *config.Bot
	leaving bool   // it left the configuration and drains
	status  record // of its last transition
	sources
}

// news tells of a member's last transition.
func (f *fleetActor) news(m *member) news {
	if m.config.URL != f.dialled.url {
		f.dialled = dialled{m.config.URL, m.config.Connector()}
	}
	return news{bot: m.bot, connector: f.dialled.connector, status: m.status, sources: m.sources}
}

// dialled is a connector, which the next bot's is likely to be, too.
type dialled struct{ url, connector string }

// startedAtOnce is how many bots may begin at once, each with goroutines of its own.
const startedAtOnce = 32

// stopChild has a child that panicked stopped; its parent decides what follows.
var stopChild = actor.NewOneForOneStrategy(0, 0, func(any) actor.Directive { return actor.StopDirective })

func fleetProps(f *Fleet) *actor.Props {
	return actor.PropsFromProducer(func() actor.Actor {
		return &fleetActor{fleet: f, log: f.opts.Logger, members: make(map[string]*member),
			watchers: make(map[*watcher]struct{})}
	}, actor.WithSupervisor(stopChild), actor.WithMailbox(actor.UnboundedLockfree())) // the default never shrinks
}

// Receive implements actor.Actor.
func (f *fleetActor) Receive(ctx actor.Context) {
	defer supervisor.LogBug(f.logger, ctx)
	switch m := ctx.Message().(type) {
	case *apply:
		f.apply(m)
	case *listBots:
		m.reply <- f.bots()
	case *listStatuses:
		m.reply <- f.statuses()
	case *findBot:
		m.reply <- f.find(m.name)
	case *nextEvents:
		f.serve(m.watcher, m.reply)
	case *unwatch:
		delete(f.watchers, m.watcher)
	case *botChanged:
		f.changed(m)
	case *botRetired:
		f.retired(ctx, m.bot)
	case *closeFleet:
		f.close(ctx, m.deadline)
	case *hurry:
		for _, m := range f.members {
			m.bot.tell(&cutOff{})
		}
	case *actor.Terminated:
		f.bury(ctx, m.Who)
	case *actor.Stopping, *actor.Restarting:
		for _, m := range f.members {
			m.bot.self.Adopt(ctx)
		}
	case *actor.Stopped:
		close(f.fleet.done)
	default:
		supervisor.WarnUnknown(f.logger, ctx)
	}
}

func (f *fleetActor) logger() *slog.Logger { return f.log }

func (f *fleetActor) apply(m *apply) {
	if f.closing {
		m.reply <- applied{err: ErrClosed}
		return
	}
	f.budget = m.cfg.Shutdown.Budget.Duration
	var changes Changes
	named := make(map[string]bool, len(m.cfg.Bots))
	spread := f.newSpread(m.cfg)
	for i, bot := range m.cfg.Bots {
		named[bot.Name] = true
		f.applyBot(bot, spread, &changes)
		if i%startedAtOnce == 0 {
			runtime.Gosched() // the memory of goroutines is never given back, so they begin in turns
		}
	}
	for name, member := range f.members {
		if !named[name] && !member.leaving {
			changes.Removed = append(changes.Removed, name)
			member.leaving = true
			member.bot.tell(&retire{deadline: time.Now().Add(f.budget)})
		}
	}
	for _, names := range [][]string{changes.Added, changes.Removed, changes.Changed} {
		slices.Sort(names)
	}
	m.reply <- applied{changes: changes}
}

func (f *fleetActor) applyBot(bot *config.Bot, spread *spread, changes *Changes) {
	member := f.members[bot.Name]
	switch {
	case member == nil:
		changes.Added = append(changes.Added, bot.Name)
		f.spawn(bot, spread.delay(bot))
		return
	case member.leaving:
		changes.Added = append(changes.Added, bot.Name)
	case member.config == bot || reflect.DeepEqual(member.config, bot):
		changes.Unchanged++
		return
	default:
		changes.Changed = append(changes.Changed, bot.Name)
	}
	member.leaving, member.config = false, bot
	member.bot.tell(&configure{config: bot, budget: f.budget})
}

func (f *fleetActor) spawn(cfg *config.Bot, delay time.Duration) {
	f.spawned++
	bot := newBot(cfg.Name, f.fleet, f.spawned)
	if err := bot.self.Activate(); err != nil { // the name is new, so this cannot be
		panic(err)
	}
	f.running++
	f.members[cfg.Name] = &member{bot: bot, config: cfg}
	bot.tell(&configure{config: cfg, budget: f.budget, delay: delay})
}

func (f *fleetActor) changed(m *botChanged) {
	member := f.members[m.bot.name]
	if member == nil || member.bot != m.bot {
		return
	}
	member.status, member.sources = m.status, m.sources
	f.tell(f.news(member))
}

// retired lets a bot go, unless a reload has brought it back meanwhile.
func (f *fleetActor) retired(ctx actor.Context, bot *Bot) {
	member := f.members[bot.name]
	if member == nil || member.bot != bot || !member.leaving {
		return
	}
	f.remove(member)
	if pid := bot.self.Hold(); pid != nil {
		ctx.Stop(pid)
	}
}

func (f *fleetActor) remove(m *member) {
	delete(f.members, m.bot.name)
	f.log.Debug("left the fleet", "bot", m.bot.name)
	gone := f.news(m)
	gone.removed = true
	f.tell(gone)
}

// bury counts a bot's actor out, and replaces one that stopped because of a bug.
func (f *fleetActor) bury(ctx actor.Context, who *actor.PID) {
	f.running--
	name, _, _ := strings.Cut(strings.TrimPrefix(who.Id, ctx.Self().Id+"/"), "/")
	if member := f.members[name]; member != nil && member.bot.is(who) {
		if member.leaving {
			f.remove(member)
		} else {
			f.spawn(member.config, 0)
		}
	}
	f.stopWhenEmpty(ctx)
}

func (f *fleetActor) close(ctx actor.Context, deadline time.Time) {
	f.closing = true
	for _, member := range f.members {
		member.leaving = true
		member.bot.tell(&retire{deadline: deadline})
	}
	f.stopWhenEmpty(ctx)
}

func (f *fleetActor) stopWhenEmpty(ctx actor.Context) {
	if f.closing && f.running == 0 {
		ctx.Stop(ctx.Self())
	}
}

func (f *fleetActor) find(name string) *Bot {
	if member := f.members[name]; member != nil {
		return member.bot
	}
	return nil
}

func (f *fleetActor) bots() []*Bot {
	bots := make([]*Bot, 0, len(f.members))
	for _, member := range f.sorted() {
		bots = append(bots, member.bot)
	}
	return bots
}

func (f *fleetActor) statuses() []BotStatus {
	statuses := make([]BotStatus, 0, len(f.members))
	last := make([]Status, 0, len(f.members))
	for _, member := range f.sorted() {
		if member.status.there() {
			last = append(last, member.status.of(member.bot.name, member.sources))
			statuses = append(statuses, BotStatus{member.bot, &last[len(last)-1]})
		}
	}
	return statuses
}

func (f *fleetActor) sorted() []*member {
	members := make([]*member, 0, len(f.members))
	for _, member := range f.members {
		members = append(members, member)
	}
	slices.SortFunc(members, func(a, b *member) int { return strings.Compare(a.bot.name, b.bot.name) })
	return members
}
