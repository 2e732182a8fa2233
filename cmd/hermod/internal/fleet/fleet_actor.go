package fleet

import (
	"log/slog"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/cmd/hermod/internal/config"
)

// fleetActor owns the bots by name and those who watch them. A bot that panics is stopped, alone, and started anew.
type fleetActor struct {
	fleet    *Fleet
	opts     Options
	log      *slog.Logger
	members  map[string]*member
	budget   time.Duration // for draining
	running  int           // actors of bots that have not stopped
	spawned  int           // numbers their names, since one may stop while its successor starts
	watchers map[*watcher]struct{}
	closing  bool
}

// member is a bot of the fleet.
type member struct {
	bot     *Bot
	pid     *actor.PID
	config  *config.Bot
	leaving bool   // it left the configuration and drains
	status  Status // of its last transition
	known   bool   // it has had one
}

func fleetProps(f *Fleet, opts Options) *actor.Props {
	stop := actor.NewOneForOneStrategy(0, 0, func(any) actor.Directive { return actor.StopDirective })
	return actor.PropsFromProducer(func() actor.Actor {
		return &fleetActor{fleet: f, opts: opts, log: opts.Logger, members: make(map[string]*member),
			watchers: make(map[*watcher]struct{})}
	}, actor.WithSupervisor(stop))
}

// Receive implements actor.Actor.
func (f *fleetActor) Receive(ctx actor.Context) {
	defer logBug(f.log, ctx)
	switch m := ctx.Message().(type) {
	case *apply:
		f.apply(ctx, m)
	case *listBots:
		m.reply <- f.bots()
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
			m.bot.self.Tell(&cutOff{})
		}
	case *actor.Terminated:
		f.bury(ctx, m.Who)
	case *actor.Stopped:
		close(f.fleet.done)
	}
}

func (f *fleetActor) apply(ctx actor.Context, m *apply) {
	if f.closing {
		m.reply <- applied{err: ErrClosed}
		return
	}
	f.budget = m.cfg.Shutdown.Budget.Duration
	var changes Changes
	named := make(map[string]bool, len(m.cfg.Bots))
	for _, bot := range m.cfg.Bots {
		named[bot.Name] = true
		f.applyBot(ctx, bot, &changes)
	}
	for name, member := range f.members {
		if !named[name] && !member.leaving {
			changes.Removed = append(changes.Removed, name)
			member.leaving = true
			member.bot.self.Tell(&retire{deadline: time.Now().Add(f.budget)})
		}
	}
	for _, names := range [][]string{changes.Added, changes.Removed, changes.Changed} {
		slices.Sort(names)
	}
	m.reply <- applied{changes: changes}
}

func (f *fleetActor) applyBot(ctx actor.Context, bot *config.Bot, changes *Changes) {
	member := f.members[bot.Name]
	switch {
	case member == nil:
		changes.Added = append(changes.Added, bot.Name)
		f.spawn(ctx, bot)
		return
	case member.leaving:
		changes.Added = append(changes.Added, bot.Name)
	case reflect.DeepEqual(member.config, bot):
		changes.Unchanged++
		return
	default:
		changes.Changed = append(changes.Changed, bot.Name)
	}
	member.leaving, member.config = false, bot
	member.bot.self.Tell(&configure{config: bot, budget: f.budget})
}

func (f *fleetActor) spawn(ctx actor.Context, cfg *config.Bot) {
	bot := &Bot{name: cfg.Name, observer: f.opts.Observer, done: make(chan struct{})}
	f.spawned++
	pid, err := ctx.SpawnNamed(botProps(bot, f.fleet.self, f.opts), "bot/"+cfg.Name+"/"+strconv.Itoa(f.spawned))
	if err != nil { // the name is new, so this cannot be
		panic(err)
	}
	f.running++
	bot.self = ref[toBot]{root: ctx.ActorSystem().Root, pid: pid}
	f.members[cfg.Name] = &member{bot: bot, pid: pid, config: cfg}
	bot.self.Tell(&configure{config: cfg, budget: f.budget})
}

func (f *fleetActor) changed(m *botChanged) {
	member := f.members[m.bot.name]
	if member == nil || member.bot != m.bot {
		return
	}
	member.status, member.known = m.status, true
	f.tell(Event{Bot: m.bot.name, Status: m.status})
}

// retired lets a bot go, unless a reload has brought it back meanwhile.
func (f *fleetActor) retired(ctx actor.Context, bot *Bot) {
	member := f.members[bot.name]
	if member == nil || member.bot != bot || !member.leaving {
		return
	}
	delete(f.members, bot.name)
	f.log.Info("left the fleet", "bot", bot.name)
	f.tell(Event{Bot: bot.name, Status: member.status, Removed: true})
	ctx.Stop(member.pid)
}

// bury counts a bot's actor out, and replaces one that stopped because of a bug.
func (f *fleetActor) bury(ctx actor.Context, who *actor.PID) {
	f.running--
	for name, member := range f.members {
		if !member.pid.Equal(who) {
			continue
		}
		delete(f.members, name)
		if !member.leaving {
			f.spawn(ctx, member.config)
		}
	}
	f.stopWhenEmpty(ctx)
}

func (f *fleetActor) close(ctx actor.Context, deadline time.Time) {
	f.closing = true
	for _, member := range f.members {
		member.leaving = true
		member.bot.self.Tell(&retire{deadline: deadline})
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

func (f *fleetActor) sorted() []*member {
	members := make([]*member, 0, len(f.members))
	for _, member := range f.members {
		members = append(members, member)
	}
	slices.SortFunc(members, func(a, b *member) int { return strings.Compare(a.bot.name, b.bot.name) })
	return members
}
