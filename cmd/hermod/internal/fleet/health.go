package fleet

import "time"

// Health is how what takes a bot's deliveries is, as its deliverer reports it. It is a value and safe to keep.
type Health struct {
	// Err says why deliveries are not taken, and Hint what to do about it; "" while they are. Since is when that began.
	Err, Hint string
	Since     time.Time
	// Restarts counts how often a subprocess ended by itself, and was started again or will be; DroppedLines counts the
	// lines of its standard error that were not logged, because they were too many. Both begin anew with each deliverer;
	// see Totals.
	Restarts, DroppedLines uint64
}

// idle is the health while nothing is to be delivered.
func (h Health) idle() Health { return Health{Restarts: h.Restarts, DroppedLines: h.DroppedLines} }

func (b *botActor) deliveryChanged(m *deliveryChanged) {
	if !b.current(m.turn) {
		return
	}
	s := *b.status
	s.Delivery = m.health
	b.publish(s)
}
