package fleet

import (
	"maps"

	"hermod/actors"
	"hermod/messages"
)

// The states of a bot besides those of its relay.
const (
	// Starting: the delivery and the connector's boot plane are being made ready; no relay runs.
	Starting actors.State = "starting"
	// Draining: a relay of the bot is ending, because the bot was removed, changed, disabled or reconnected.
	Draining actors.State = "draining"
)

// Cause says why a bot is disabled.
type Cause string

// The causes.
const (
	// ByConfig: the configuration says enabled: false.
	ByConfig Cause = "config"
	// ByOperator: somebody disabled it while the daemon ran. It lasts until somebody enables it, as far as the fleet's
	// Memory reaches.
	ByOperator Cause = "operator"
	// Revoked: the connector revoked the credential; an enrolment and a reconnect are needed.
	Revoked Cause = "revoked"
)

// Status is a bot's condition at one moment. It is a value and safe to keep.
type Status struct {
	// Status is what the relay says of itself. While the bot starts, drains, or has no relay, Name, State, PlatformState,
	// Since, LastError and Hint are the bot's own, and the figures those of the last relay.
	actors.Status
	// Cause is "" unless PlatformState is "disabled".
	Cause Cause
	// Starts counts how often a relay was started for the bot. Counters, Ends, Handshakes and Generation begin anew with
	// each; see Totals.
	Starts uint64
	// Asleep says that the bot was put to sleep and stays dormant until somebody wakes it.
	Asleep bool

	health  *Health // see Delivery; nil is a Health of zeros. It is never changed.
	earlier *Totals // of the relays before this one; nil when there was none. It is never changed.
	sources
}

// Live returns the status with the figures of the relay and of the delivery of this moment. It asks no actor, so it may
// be called for every bot of a large fleet.
func (s Status) Live() Status {
	if s.relay != nil {
		load := s.relay.Load()
		s.Counters, s.Pending, s.Queued, s.QueuedBytes = load.Counters, load.Pending, load.Queued, load.QueuedBytes
	}
	return s
}

// with returns the status with what the relay says of itself at this moment. A relay that ends has figures only: what
// becomes of the bot then is not for the relay to say.
func (s Status) with(relay actors.Status) Status {
	if s.State == Draining || relay.State == messages.Closed {
		s.Counters, s.Pending, s.Queued, s.QueuedBytes = relay.Counters, relay.Pending, relay.Queued, relay.QueuedBytes
		return s
	}
	s.Status, s.Cause = relay, ""
	if relay.State == messages.Disabled {
		s.Cause = Revoked
	}
	s.Asleep = s.Asleep && relay.State == messages.Dormant
	return s.asked(s.teller)
}

// Totals count over all relays of a bot, from its first start in this process; they never go down.
type Totals struct {
	Dials, Handshakes uint64
	// Ends is never changed; see actors.Status.
	Ends     map[actors.LinkEnd]uint64
	Counters actors.Counters
	// Restarts and DroppedLines are those of Health.
	Restarts, DroppedLines uint64
}

// Totals adds the running relay's figures to those of the bot's earlier ones.
func (s Status) Totals() Totals {
	totals := Totals{Dials: s.Generation, Handshakes: s.Handshakes, Ends: s.Ends, Counters: s.Counters,
		Restarts: s.Delivery().Restarts, DroppedLines: s.Delivery().DroppedLines}
	if e := s.earlier; e != nil {
		totals = Totals{Dials: e.Dials + s.Generation, Handshakes: e.Handshakes + s.Handshakes,
			Ends: sum(e.Ends, s.Ends), Counters: e.Counters.Plus(s.Counters),
			Restarts: e.Restarts + s.Delivery().Restarts, DroppedLines: e.DroppedLines + s.Delivery().DroppedLines}
	}
	return totals
}

func sum(a, b map[actors.LinkEnd]uint64) map[actors.LinkEnd]uint64 {
	if len(a) == 0 {
		return b
	}
	total := maps.Clone(a)
	for end, n := range b {
		total[end] += n
	}
	return total
}

// Event is a transition of one bot.
type Event struct {
	Bot string
	// Connector is the host and port that the bot dials, as its URL gives them.
	Connector string
	// Status is how the bot is now; Removed says that it left the fleet, and Status is its last.
	Status  Status
	Removed bool
}

// Changes says what an Apply did, by bot name and sorted.
type Changes struct {
	Added, Removed, Changed []string
	// Unchanged counts the bots that did not notice.
	Unchanged int
}
