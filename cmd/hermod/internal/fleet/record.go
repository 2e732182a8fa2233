package fleet

import (
	"reflect"
	"sync"
	"time"

	"hermod/actors"
)

// record is a Status in a sixth of the memory: most bots are connected, and all else of it is zero. It is a value, so
// that those of past transitions leave no holes between what stays. Its zero value is no status.
type record struct {
	state                        actors.State
	since                        time.Time
	skew                         time.Duration
	starts, generation, sessions uint64
	rest                         *Status // what the others do not say; nil when that is nothing. It is never changed.
}

// sources are who knows a bot's figures of this moment.
type sources struct {
	relay  *actors.Relay // whose figures go on; nil when there is none
	teller HealthTeller  // that knows more of Delivery; nil when there is none
}

// recordOf keeps a status, but for its sources. The figures of a relay that runs are the relay's.
func recordOf(s Status) record {
	r := record{state: s.State, since: s.Since, skew: s.Skew, starts: s.Starts, generation: s.Generation,
		sessions: s.Handshakes}
	if s.relay != nil {
		s.Counters, s.Pending, s.Queued, s.QueuedBytes = actors.Counters{}, 0, 0, 0
	}
	s.Name, s.State, s.Since, s.Skew = "", "", time.Time{}, 0
	s.Starts, s.Generation, s.Handshakes, s.sources = 0, 0, 0, sources{}
	if s.PlatformState == r.state.Platform() {
		s.PlatformState = ""
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
func (r *record) of(name string, from sources) Status {
	var s Status
	if r.rest != nil {
		s = *r.rest
	}
	s.Name, s.State, s.Since, s.Skew = name, r.state, r.since, r.skew
	s.Starts, s.Generation, s.Handshakes, s.sources = r.starts, r.generation, r.sessions, from
	if s.PlatformState == "" {
		s.PlatformState = r.state.Platform()
	}
	return s.Live()
}

// there says that there was a transition.
func (r *record) there() bool { return r.state != "" }

func (r *record) asleep() bool { return r.rest != nil && r.rest.Asleep }
