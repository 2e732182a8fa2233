package actors

import (
	"sync/atomic"

	"hermod/messages"
)

// The states, counters and the rest of a status, under the names that a gateway uses.
type (
	// State is where a relay is in its life.
	State = messages.State
	// Status is a relay's condition at one moment.
	Status = messages.Status
	// Counters count since the relay's start.
	Counters = messages.Counters
	// Stuck describes a delivery that nobody took.
	Stuck = messages.Stuck
	// LinkEnd is one way for a link to end.
	LinkEnd = messages.LinkEnd
)

// The states. Disabled, Failed and Closed are final.
const (
	Connecting  = messages.Connecting
	Handshaking = messages.Handshaking
	Ready       = messages.Ready
	Backoff     = messages.Backoff
	Dormant     = messages.Dormant
	Disabled    = messages.Disabled
	Failed      = messages.Failed
	Closed      = messages.Closed
)

// counters are what Status and metrics read while the relay's actors count. The gauges carry more than figures: queued
// and queuedBytes, which the reader raises and the inbox lowers, say when the reader has to wait.
type counters struct {
	pending, queued atomic.Int32 // each is memory of some hundred bytes
	queuedBytes     atomic.Int64
	messages.LiveCounters
}

// Load is how much a relay has to do, and has done. It is a value and safe to keep.
type Load struct {
	// Pending, Queued and QueuedBytes are those of Status.
	Pending, Queued, QueuedBytes int
	Counters                     Counters
}

func (c *counters) load() Load {
	return Load{Pending: int(c.pending.Load()), Queued: int(c.queued.Load()), QueuedBytes: int(c.queuedBytes.Load()),
		Counters: c.Snapshot()}
}
