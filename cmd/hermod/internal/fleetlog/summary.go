package fleetlog

import (
	"cmp"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"hermod/messages"
)

// summary is what an outage looks like at one moment.
type summary struct {
	bots       int // that dial the connectors in trouble
	connectors map[string]bool
	ends       map[messages.LinkEnd]int
	typical    map[messages.LinkEnd]*bot // the first by name
	ready      time.Time                 // when a bot last connected
	longest    time.Time                 // when the bot that is down for longest was last connected
}

func (a *account) summarise(g *group) summary {
	s := summary{connectors: make(map[string]bool), ends: make(map[messages.LinkEnd]int),
		typical: make(map[messages.LinkEnd]*bot)}
	for b := range g.down {
		end := b.status.lastEnd
		s.ends[end]++
		s.connectors[b.connector] = true
		if known := s.typical[end]; known == nil || b.name < known.name {
			s.typical[end] = b
		}
		if s.longest.IsZero() || !b.up.IsZero() && b.up.Before(s.longest) {
			s.longest = b.up
		}
	}
	for name := range s.connectors {
		c := a.connectors[name]
		s.bots += c.bots
		if c.ready.After(s.ready) {
			s.ready = c.ready
		}
	}
	return s
}

// writeOutage sums an outage up: how many, since when, why, and when a bot last connected.
func (a *account) writeOutage(g *group, text string, now time.Time) {
	s := a.summarise(g)
	attrs := append(g.subject(), slog.Int("down", len(g.down)), slog.Int("bots", s.bots),
		slog.Duration("lasts", now.Sub(g.outage.since).Round(time.Second)))
	if len(s.connectors) > 1 {
		attrs = append(attrs, slog.Int("connectors", len(s.connectors)))
	}
	order := s.order()
	attrs = append(attrs, slog.String("causes", s.describe(order)))
	if !s.ready.IsZero() {
		attrs = append(attrs, slog.Time("last_connected", s.ready))
	}
	if !s.longest.IsZero() {
		attrs = append(attrs, slog.Time("down_longest_since", s.longest))
	}
	a.write(now, false, slog.LevelError, text, append(attrs, explain(&s.typical[order[0]].status)...)...)
}

// order is the causes, the most frequent first.
func (s summary) order() []messages.LinkEnd {
	return slices.SortedFunc(maps.Keys(s.ends), func(x, y messages.LinkEnd) int {
		return cmp.Or(cmp.Compare(s.ends[y], s.ends[x]), cmp.Compare(x.Cause, y.Cause), cmp.Compare(x.Code, y.Code))
	})
}

// describe names the most frequent causes.
func (s summary) describe(order []messages.LinkEnd) string {
	var parts []string
	for _, end := range order[:min(3, len(order))] {
		text := fmt.Sprintf("%d %s", s.ends[end], cmp.Or(string(end.Cause), "preparation"))
		if end.Code != 0 {
			text += fmt.Sprintf(" %d", end.Code)
		}
		parts = append(parts, text)
	}
	if more := len(order) - len(parts); more > 0 {
		parts = append(parts, fmt.Sprintf("%d other causes", more))
	}
	return strings.Join(parts, ", ")
}
