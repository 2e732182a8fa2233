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

// level says how far a relay may go.
type level int

// The levels. At each the one before it is counted in.
const (
	// atBounds is what Config allows. Beyond it deliveries wait undecoded.
	atBounds level = iota
	// readAhead is as much again, but of bytes no more than a line. There a reader stops: until then it sees what is not
	// far behind the deliveries: pongs, results, interrupts, the end.
	readAhead
	// beforeDescriptors is a line more, of any number of deliveries, for a connection that has not got all its
	// descriptors. One that has got none may always bring a line: the queue may be full of what others brought, and
	// handlers may wait for the session.
	beforeDescriptors
)

// full says that the relay holds what a level allows.
func (s *shared) full(l level) bool {
	if l == beforeDescriptors {
		return s.fullOfBytes(l)
	}
	return int64(s.counters.queued.Load()) >= int64(l+1)*int64(s.cfg.MaxQueued) || s.fullOfBytes(l) || s.crowded()
}

func (s *shared) fullOfBytes(l level) bool {
	most := s.cfg.MaxQueuedBytes
	if l >= readAhead {
		most += min(s.cfg.MaxQueuedBytes, s.cfg.MaxFrame)
	}
	if l >= beforeDescriptors {
		most += s.cfg.MaxFrame
	}
	return s.counters.queuedBytes.Load() >= int64(most)
}
