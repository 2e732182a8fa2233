package daemon

import (
	"runtime"

	"hermod/actors"
	"hermod/cmd/hermod/internal/budget"
	"hermod/cmd/hermod/internal/config"
)

// budgetOf divides what the process may use now among what a configuration asks for.
func (d *Daemon) budgetOf(cfg *config.Config) budget.Budget {
	limits, err := d.opts.limits()
	if err != nil {
		d.log.Warn("the limit of memory is not known; set GOMEMLIMIT to have one", "err", err)
	}
	return budget.Make(limits, budget.DemandOf(cfg), runtime.GOMAXPROCS(0))
}

// engine is what the budget leaves to the bots' relays; the configuration may ask for fewer dials at once.
func (d *Daemon) engine(cfg *config.Config) actors.EngineConfig {
	b := d.budget
	dials := b.Dials
	if asked := cfg.Start.MaxDials; asked > 0 {
		dials = min(dials, asked)
	}
	return actors.EngineConfig{MaxQueuedBytes: int(b.QueuedBytes), MaxPendingBytes: int(b.PendingBytes), MaxDials: dials}
}

// warnOfShortages tells what a configuration asks for that does not fit. The budget in force is that of the start,
// since taking back what was given would cut somebody off.
func (d *Daemon) warnOfShortages(cfg *config.Config) {
	asked := budget.Make(d.budget.Limits, budget.DemandOf(cfg), runtime.GOMAXPROCS(0))
	for _, note := range asked.Shortages() {
		d.log.Warn(note)
	}
	if asked.Demand.Bots > d.budget.Links {
		d.log.Warn("there are more bots than the budget of the start has connections for; restart the daemon to divide anew",
			"bots", asked.Demand.Bots, "links", d.budget.Links)
	}
}

// uses is what the parts of the daemon use of the budget.
func (d *Daemon) uses() []budget.Use {
	engine := d.fleet.Engine()
	return d.budget.Uses(budget.Taken{
		Links:       engine.Dialing + d.health.report.Load().Bots["connected"],
		Clients:     d.servers.main.connections(),
		Posts:       d.ways.Posts().Running,
		QueuedBytes: engine.QueuedBytes, PendingBytes: engine.PendingBytes,
	})
}
