package actors

import "hermod/messages"

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
