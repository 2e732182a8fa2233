package fleet

import (
	"cmp"
	"time"

	"hermod/messages"
)

// DeliveryState says whether what takes a bot's deliveries does so, whatever the bot's connection.
type DeliveryState string

// The states of a delivery. In all but the first two, deliveries wait or fail.
const (
	// Idle: no relay of the bot runs, so there is nothing to deliver.
	Idle DeliveryState = "idle"
	// Delivering: nothing is known to be wrong.
	Delivering DeliveryState = "delivering"
	// Failing: the last tries failed; further ones follow.
	Failing DeliveryState = "failing"
	// CircuitOpen: the receiver failed so often that it gets a probe now and then, until one succeeds.
	CircuitOpen DeliveryState = "circuit_open"
	// Paused: the receiver asked for a pause.
	Paused DeliveryState = "paused"
	// Unread: deliveries wait and nobody reads them.
	Unread DeliveryState = "unread"
	// Stopped: nothing is tried any more before the bot starts anew.
	Stopped DeliveryState = "stopped"
)

// Health is how what takes a bot's deliveries is, as its deliverer reports it. It is a value and safe to keep.
type Health struct {
	// State is "" for Delivering.
	State DeliveryState
	// Err says why deliveries are not taken, and Hint what to do about it; "" while they are. Since is when that began.
	Err, Hint string
	Since     time.Time
	// Failures counts the tries in a row that failed; 0 while deliveries are taken.
	Failures int
	// NextProbe is when the next try is due, zero when no time is set for one.
	NextProbe time.Time
	// Oldest is since when the delivery that waits for the longest time does; zero when none waits.
	Oldest time.Time
	// Restarts counts how often a subprocess ended by itself, and was started again or will be; DroppedLines counts the
	// lines of its standard error that were not logged, because they were too many. Both begin anew with each deliverer;
	// see Totals.
	Restarts, DroppedLines uint64
	// Gateway is how the link to a gateway behind Hermod is; nil for bots that are delivered otherwise. It is never
	// changed.
	Gateway *Gateway
}

// Gateway is how the link to a gateway behind Hermod is.
type Gateway struct {
	// Connected says that it has a session; Absent is since when it has none. Idle says that it asked for a pause, and
	// is woken when something waits.
	Connected, Idle bool
	Absent          time.Time
	// Kept counts the deliveries that it has not acknowledged, and KeptBytes their bytes. Oldest is since when the first
	// of them is known to wait, zero when none does.
	Kept, KeptBytes int
	Oldest          time.Time
}

// HealthTeller is a Deliverer that knows at any moment how it is. [Target.Report] tells of changes; what moves all the
// time, as the age of what waits does, is asked for.
type HealthTeller interface {
	// Health may be called from any goroutine and does not block.
	Health() Health
}

// idle is the health while nothing is to be delivered.
func (h Health) idle() Health { return Health{Restarts: h.Restarts, DroppedLines: h.DroppedLines} }

// Delivery is how what takes the bot's deliveries is.
func (s Status) Delivery() Health {
	if s.health == nil {
		return Health{}
	}
	return *s.health
}

// setDelivery keeps a Health; most are of zeros, and take no memory.
func (s *Status) setDelivery(h Health) {
	if s.health = nil; h != (Health{}) {
		s.health = &h
	}
}

// DeliveryState is how the bot's deliveries go: that of Delivery, and Idle while no relay runs.
func (s Status) DeliveryState() DeliveryState {
	switch s.State {
	case Starting, Draining, messages.Disabled, messages.Failed, messages.Closed:
		return Idle
	}
	return cmp.Or(s.Delivery().State, Delivering)
}

// Undelivered says that deliveries do not get through, or would not.
func (s Status) Undelivered() bool {
	state := s.DeliveryState()
	return state != Idle && state != Delivering
}

// asked returns the status with what the deliverer says at this moment. The counts stay those that the status has, so
// that they agree with its totals.
func (s Status) asked(teller HealthTeller) Status {
	if teller == nil || s.DeliveryState() == Idle {
		return s
	}
	now := teller.Health()
	before := s.Delivery()
	now.Restarts, now.DroppedLines = before.Restarts, before.DroppedLines
	s.setDelivery(now)
	return s
}

func (b *botActor) deliveryChanged(m *deliveryChanged) {
	if !b.current(m.turn) {
		return
	}
	s := b.now()
	s.setDelivery(m.health)
	b.publish(s)
}
