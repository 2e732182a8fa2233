package budget

import (
	"hermod/cmd/hermod/internal/config"
)

// Demand is what a configuration asks for.
type Demand struct {
	// Bots counts those that run, Processes those of them that have a subprocess, and Gateways those that have a gateway
	// behind the daemon.
	Bots, Processes, Gateways int
}

// DemandOf counts what a configuration asks for.
func DemandOf(cfg *config.Config) Demand {
	var d Demand
	for _, bot := range cfg.Bots {
		if !bot.Enabled {
			continue
		}
		d.Bots++
		if bot.Deliver.Process != nil {
			d.Processes++
		}
		if bot.Deliver.Relay != nil {
			d.Gateways++
		}
	}
	return d
}

// Budget is who may use how much. It is a value, and never changed.
type Budget struct {
	Limits Limits
	Demand Demand
	// Links, Clients, Posts and Processes are open files: for the bots' connections and dials, for connections of the HTTP
	// server's clients, for connections to webhooks, and for the pipes of subprocesses. Gateways are for the connections
	// of gateways behind the daemon, Newcomers of them for those that are not a session. Own are the daemon's.
	Links, Clients, Posts, Processes, Gateways, Newcomers, Own int
	// Dials is how many dials may be under way at once.
	Dials int
	// GoMemory is the Go runtime's soft limit in bytes, [NoMemoryLimit] for none.
	GoMemory int64
	// QueuedBytes bounds what the deliveries of all bots hold that are not settled, PendingBytes the requests without a
	// result.
	QueuedBytes, PendingBytes int64
}

// Make divides what there is; processors is how many run Go code.
func Make(l Limits, d Demand, processors int) Budget {
	b := Budget{Limits: l, Demand: d}
	b.divideFiles(processors)
	b.divideMemory()
	return b
}
