package actors

import "sync/atomic"

// bounds are what the relays of an engine may hold together, and what they hold, in bytes. They are counted where a
// relay's own are, and are safe for concurrent use.
type bounds struct {
	maxQueued, maxPending int64
	queued, pending       atomic.Int64
}

// spare is what a relay may queue although the engine is at its bound, so that none is kept from working by others.
const spare = 64 << 10

// charge counts bytes that the relay's deliveries hold, or give back.
func (s *shared) charge(bytes int64) {
	s.counters.queuedBytes.Add(bytes)
	s.bounds.queued.Add(bytes)
	if s.discharged.Load() {
		s.discharge()
	}
}

// discharge gives back what the deliveries of a relay hold that has ended; what its reader brings later, too.
func (s *shared) discharge() {
	s.discharged.Store(true)
	s.bounds.queued.Add(-s.counters.queuedBytes.Swap(0))
}

// crowded says that the relays of the engine hold all that they may together, and this one more than its spare.
func (s *shared) crowded() bool {
	return s.bounds.queued.Load() >= s.bounds.maxQueued && s.counters.queuedBytes.Load() > spare
}

// full says that the relay holds what its bounds allow: Config's at level 1, and at each higher one as much again, but
// of bytes no more than a line. A reader stops at level 2, so that it sees what is not far behind the deliveries:
// pongs, results, interrupts, the end. A connection without all its descriptors may go on to level 3, since the queue
// may be full of what the last connection brought.
func (s *shared) full(level int64) bool {
	return s.counters.queued.Load() >= level*int64(s.cfg.MaxQueued) || s.fullOfBytes(level) || level < 3 && s.crowded()
}

func (s *shared) fullOfBytes(level int64) bool {
	ahead := (level - 1) * int64(min(s.cfg.MaxQueuedBytes, s.cfg.MaxFrame))
	return s.counters.queuedBytes.Load() >= int64(s.cfg.MaxQueuedBytes)+ahead
}
