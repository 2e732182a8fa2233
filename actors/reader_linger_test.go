package actors

import (
	"testing"
	"time"

	"hermod/actors/internal/socket"
	"hermod/wire/wiretest"
)

// lingering counts how often a reader stays.
type lingering struct {
	socket.Source
	times int
}

func (s *lingering) Linger(time.Duration) { s.times++ }

func TestAReaderStaysForAnswersOnlyWhereYieldsTakeLongAndTheConnectorAnswers(t *testing.T) {
	inEngine(t, func(t *testing.T, relay *Relay, _ *wiretest.Conn) {
		relay.counters.pending.Add(few + 1)
		defer relay.counters.pending.Add(-few - 1)
		for name, c := range map[string]struct{ slow, drained, answered, stays bool }{
			"answered, beside goroutines that compute": {true, true, true, true},
			"nothing is slow":                          {false, true, true, false},
			"more is there":                            {true, false, true, false},
			"bits of a line":                           {true, true, false, false},
		} {
			source := new(lingering)
			l := &readLoop{connection: &connection{relay: &relay.shared}, counters: &relay.counters, from: source}
			l.drained = c.drained
			if c.slow {
				l.yielder.restUntil = time.Now().Add(time.Hour)
			}
			if c.answered {
				l.woken = 1
			}
			l.letCallersGo()
			l.letCallersGo() // nothing has come since
			if stays := source.times > 0; stays != c.stays || source.times > 1 {
				t.Errorf("%s: stayed %d times", name, source.times)
			}
		}
	})
}
