package fleetlog

import (
	"maps"
	"time"

	"hermod/messages"
)

// Figures are the account at one moment, by connector (its host and port).
type Figures struct {
	Connectors map[string]ConnectorFigures
	// LinesDropped counts the lines that there was no room for.
	LinesDropped uint64
}

// ConnectorFigures are those of the bots that dial one connector.
type ConnectorFigures struct {
	// Bots are those that are to be connected, as far as they have been tried.
	Bots int
	// Down counts those that are not, by why: they failed and dial again, or they ended.
	Down map[messages.LinkEnd]int
	// Outages counts how often ten or more were down.
	Outages uint64
	// Skew is by how much its clock is ahead; 0 if nobody knows.
	Skew time.Duration
	// Outage says that it is so now.
	Outage bool
}

func (a *account) figures() *Figures {
	f := &Figures{Connectors: make(map[string]ConnectorFigures, len(a.connectors)), LinesDropped: a.budget.total}
	for name, c := range a.connectors {
		g := a.groups[name]
		f.Connectors[name] = ConnectorFigures{Bots: c.bots, Outages: c.outages, Outage: g != nil && g.outage != nil,
			Skew: c.skew, Down: make(map[messages.LinkEnd]int)}
	}
	for b := range maps.Values(a.bots) {
		if of, known := f.Connectors[b.connector]; known && (b.condition == down || b.condition == ended) {
			of.Down[b.status.lastEnd]++
		}
	}
	return f
}
