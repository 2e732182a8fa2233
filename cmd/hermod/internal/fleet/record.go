package fleet

import (
	"reflect"
	"sync"
	"time"

	"hermod/actors"
)

// record is a Status in a fifth of the memory: most bots are connected, and all else of it is zero. It is replaced,
// never changed.
type record struct {
	state                        actors.State
	since                        time.Time
	skew                         time.Duration
	starts, generation, sessions uint64
	relay                        *actors.Relay
	teller                       HealthTeller
	rest                         *Status // what the others do not say; nil when that is nothing
}

// recordOf keeps a status. The figures of a relay that runs are the relay's.
func recordOf(s Status) *record {
	r := &record{state: s.State, since: s.Since, skew: s.Skew, starts: s.Starts, generation: s.Generation,
		sessions: s.Handshakes, relay: s.relay, teller: s.teller}
	s.Name, s.State, s.Since, s.Skew = "", "", time.Time{}, 0
	s.Starts, s.Generation, s.Handshakes, s.relay, s.teller = 0, 0, 0, nil, nil
	if s.PlatformState == r.state.Platform() {
		s.PlatformState = ""
	}
	if r.relay != nil {
		s.Counters, s.Pending, s.Queued, s.QueuedBytes = actors.Counters{}, 0, 0, 0
	}
	if !s.isZero() {
		r.rest = new(s)
	}
	return r
}

// judged has the memory of one Status, so that looking at one costs none.
var judged = sync.Pool{New: func() any { return new(Status) }}

func (s Status) isZero() bool {
	copied := judged.Get().(*Status)
	*copied = s
	zero := reflect.ValueOf(copied).Elem().IsZero()
	*copied = Status{}
	judged.Put(copied)
	return zero
}

// of returns the status that was kept, of the bot of that name, with its relay's figures of this moment.
func (r *record) of(name string) Status {
	var s Status
	if r.rest != nil {
		s = *r.rest
	}
	s.Name, s.State, s.Since, s.Skew = name, r.state, r.since, r.skew
	s.Starts, s.Generation, s.Handshakes, s.relay, s.teller = r.starts, r.generation, r.sessions, r.relay, r.teller
	if s.PlatformState == "" {
		s.PlatformState = r.state.Platform()
	}
	return s.Live()
}

func (r *record) asleep() bool { return r.rest != nil && r.rest.Asleep }
