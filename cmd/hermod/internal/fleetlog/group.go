package fleetlog

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"
)

const (
	// many is how many bots in trouble are an outage of their connector.
	many = 10
	// ownGroups is how many connectors are told of apart.
	ownGroups = 3
	// nearlyOver is how long fewer than many bots are down before they are named again.
	nearlyOver = time.Minute
)

// The reminders of a bot that is named, and of an outage, after their beginning; the last one comes again and again.
var (
	botReminders    = []time.Duration{time.Minute, 10 * time.Minute, time.Hour}
	outageReminders = []time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute,
		time.Hour}
)

// group is the bots in trouble that are told of together.
type group struct {
	connector string // "" for those of many connectors
	down      map[*bot]struct{}
	outage    *outage // nil while the bots are few enough to be named
}

// outage is a time in which many bots of a group are down.
type outage struct {
	since time.Time // the first failure
	rung  int       // how many bots are worth the next line
	most  int       // how many were down at once
	next  int       // the reminder that comes next
	few   time.Time // since when fewer than many are down; zero while more are
}

func newGroup(connector string) *group {
	return &group{connector: connector, down: make(map[*bot]struct{})}
}

func (g *group) leave(b *bot) {
	delete(g.down, b)
	b.trouble = nil
}

// due says when a reminder comes.
func due(since time.Time, reminders []time.Duration, next int) time.Time {
	last := len(reminders) - 1
	return since.Add(reminders[min(next, last)] + time.Duration(max(0, next-last))*reminders[last])
}

// groupOf is where a bot's trouble is told of: with its connector, if that is one of the few.
func (a *account) groupOf(b *bot) *group {
	g := a.groups[b.connector]
	if g == nil && len(a.groups) < ownGroups {
		g = newGroup(b.connector)
		a.groups[b.connector] = g
	}
	if g == nil {
		return a.others
	}
	return g
}

func (a *account) troubled() []*group {
	groups := []*group{a.others}
	for _, name := range slices.Sorted(maps.Keys(a.groups)) {
		groups = append(groups, a.groups[name])
	}
	return groups
}

// trouble tells of a bot that failed, or failed again.
func (a *account) trouble(b *bot, first bool, now time.Time) {
	if first {
		b.trouble = &trouble{group: a.groupOf(b), since: now}
		b.group.down[b] = struct{}{}
	}
	g := b.group
	switch n := len(g.down); {
	case g.outage != nil:
		g.outage.most = max(g.outage.most, n)
		if n >= g.outage.rung {
			g.outage.rung *= 10
			a.writeOutage(g, "the outage grows", now)
		}
	case n >= many:
		a.beginOutage(g, now)
	case b.status.lastError != "" && !slices.Contains(b.seen, b.status.lastEnd) && len(b.seen) < maxSeen:
		b.seen = append(b.seen, b.status.lastEnd)
		b.named = a.write(now, true, slog.LevelWarn, "the bot is not connected; it dials again", b.attrs()...) || b.named
	}
}

// maxSeen bounds the causes that are told of one bot's trouble.
const maxSeen = 8

func (a *account) beginOutage(g *group, now time.Time) {
	g.outage = &outage{since: now, rung: 10 * many, most: len(g.down)}
	if c := a.connectors[g.connector]; c != nil {
		c.outages++
	}
	for b := range g.down {
		if b.since.Before(g.outage.since) {
			g.outage.since = b.since
		}
	}
	a.writeOutage(g, "many bots are not connected: an outage", now)
}

// recovered takes a bot out of trouble. The last one ends the outage.
func (a *account) recovered(b *bot, now time.Time) {
	g, named, since := b.group, b.named, b.since
	g.leave(b)
	switch {
	case g.outage != nil && len(g.down) == 0:
		a.endOutage(g, now)
	case g.outage == nil && named && b.condition == up:
		a.write(now, true, slog.LevelInfo, "the bot is connected again", slog.String("bot", b.name),
			slog.Uint64("gen", b.status.generation), slog.Duration("lasted", now.Sub(since).Round(time.Second)))
	}
	a.release(g)
}

// release lets a connector go that is in no trouble any more.
func (a *account) release(g *group) {
	if g.connector != "" && len(g.down) == 0 && g.outage == nil {
		delete(a.groups, g.connector)
	}
}

func (a *account) endOutage(g *group, now time.Time) {
	o := g.outage
	g.outage = nil
	attrs := append(g.subject(), slog.Duration("lasted", now.Sub(o.since).Round(time.Second)), slog.Int("most_down", o.most))
	if len(g.down) == 0 {
		a.write(now, false, slog.LevelInfo, "the outage is over", attrs...)
		return
	}
	var names []string
	for b := range g.down {
		names = append(names, b.name)
		b.named, b.next = true, len(botReminders)-1
		for b.next > 0 && due(b.since, botReminders, b.next-1).After(now) {
			b.next--
		}
	}
	slices.Sort(names)
	a.write(now, false, slog.LevelWarn, "the outage is over, but for a few bots",
		append(attrs, slog.String("still_down", strings.Join(names, ", ")))...)
}

// remindGroup tells of what lasts.
func (a *account) remindGroup(g *group, now time.Time) {
	o := g.outage
	if o == nil {
		a.remindBots(g, now)
		return
	}
	switch {
	case len(g.down) >= many:
		o.few = time.Time{}
	case o.few.IsZero():
		o.few = now
	case now.Sub(o.few) >= nearlyOver:
		a.endOutage(g, now)
		return
	}
	if !now.Before(due(o.since, outageReminders, o.next)) {
		for o.next++; !now.Before(due(o.since, outageReminders, o.next)); o.next++ {
		}
		a.writeOutage(g, "the outage lasts", now)
	}
}

func (a *account) remindBots(g *group, now time.Time) {
	for b := range g.down {
		if now.Before(due(b.since, botReminders, b.next)) {
			continue
		}
		for b.next++; !now.Before(due(b.since, botReminders, b.next)); b.next++ {
		}
		attrs := append(b.attrs(), slog.Duration("lasts", now.Sub(b.since).Round(time.Second)))
		b.named = a.write(now, true, slog.LevelWarn, "the bot is still not connected", attrs...) || b.named
	}
}

func (g *group) subject() []slog.Attr {
	if g.connector != "" {
		return []slog.Attr{slog.String("connector", g.connector)}
	}
	return []slog.Attr{slog.String("connector", "several")}
}
