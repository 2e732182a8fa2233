package deliver

import (
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// neglectAfter is how long deliveries may wait for a reader before the bot's status says so: one that reads now and
// then, or comes back after a restart, is not missed.
const neglectAfter = 30 * time.Second

// neglect is what a stream knows of nobody reading it. The stream's lock guards it.
type neglect struct {
	alone  time.Time          // since when there is no reader
	alarm  *time.Timer        // nil before it was first set
	set    bool               // whether it runs
	told   bool               // that nobody reads
	report func(fleet.Health) // nil while no relay delivers
	bot    string
}

// watch reports when the stream begins to be neglected, and when that ends, until stop is called.
func (s *Stream) watch(bot string, report func(fleet.Health)) (stop func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.neglect.report, s.neglect.bot, s.neglect.told = report, bot, false
	s.attend()
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.neglect.report = nil
		s.attend()
	}
}

// oldest is when the oldest delivery that waits came; zero when none waits. The lock is held.
func (s *Stream) oldest() time.Time {
	for _, it := range s.items {
		if it.taken != nil {
			return it.at
		}
	}
	return time.Time{}
}

// attend follows a change of the stream: it sets or stops the alarm. The lock is held.
func (s *Stream) attend() {
	n := &s.neglect
	waits := n.report != nil && s.readers == 0 && !s.oldest().IsZero()
	switch {
	case waits && !n.set && !n.told:
		n.set = true
		if n.alarm == nil {
			n.alarm = time.AfterFunc(neglectAfter, s.neglected)
		} else {
			n.alarm.Reset(neglectAfter)
		}
	case !waits && n.set:
		n.set = false
		n.alarm.Stop()
	case !waits && n.told && n.report != nil:
		n.told = false
		n.report(s.healthNow())
	}
}

// neglected says that nobody has read for long enough.
func (s *Stream) neglected() {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := &s.neglect
	if !n.set {
		return
	}
	n.set = false
	if h := s.healthNow(); h.State == fleet.Unread {
		n.told = true
		n.report(h)
	} else {
		s.attend() // what waited longest has gone meanwhile
	}
}

// health is how the stream is read.
func (s *Stream) health() fleet.Health {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.healthNow()
}

func (s *Stream) healthNow() fleet.Health {
	h := fleet.Health{Oldest: s.oldest()}
	if h.Oldest.IsZero() || s.readers > 0 {
		return h
	}
	since := h.Oldest
	if s.neglect.alone.After(since) {
		since = s.neglect.alone
	}
	if time.Since(since) >= neglectAfter {
		h.State, h.Since = fleet.Unread, since
		h.Err = "events wait and nobody reads the bot's stream"
		h.Hint = "connect a client to GET /v1/bots/" + s.neglect.bot + "/events, and acknowledge what it gets"
	}
	return h
}
