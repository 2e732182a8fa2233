package budget

import "runtime/metrics"

// Use is how much of something that a budget bounds is in use at one moment.
type Use struct {
	// Resource is the name that metrics have for it.
	Resource string
	// Limit is what the budget allows, and Used what is taken of it: connections, or bytes.
	Limit, Used float64
}

// Taken is what the parts of the daemon use.
type Taken struct {
	// Links are the bots' connections and dials, Clients the connections of the HTTP server, Posts those under way.
	Links, Clients, Posts int
	// QueuedBytes and PendingBytes are what all bots hold.
	QueuedBytes, PendingBytes int
}

// Uses holds what is taken against the budget. What has no limit is left out.
func (b Budget) Uses(t Taken) []Use {
	uses := []Use{
		{"links", float64(b.Links), float64(t.Links)},
		{"clients", float64(b.Clients), float64(t.Clients)},
		{"posts", float64(b.Posts), float64(t.Posts)},
		{"queued_bytes", float64(b.QueuedBytes), float64(t.QueuedBytes)},
		{"pending_bytes", float64(b.PendingBytes), float64(t.PendingBytes)},
	}
	if b.GoMemory != NoMemoryLimit {
		uses = append(uses, Use{"memory", float64(b.GoMemory), goMemory()})
	}
	return uses
}

// goMemory is what the runtime counts against its soft limit.
func goMemory() float64 {
	samples := []metrics.Sample{{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}}
	metrics.Read(samples)
	return float64(samples[0].Value.Uint64() - samples[1].Value.Uint64())
}
