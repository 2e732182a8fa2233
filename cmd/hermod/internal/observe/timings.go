package observe

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// timings are the durations of one kind of handler, by outcome.
type timings struct{ ok, failed timing }

func timingsOf(durations prometheus.ObserverVec, kind string) timings {
	return timings{ok: timing{vec: durations, labels: []string{kind, "ok"}},
		failed: timing{vec: durations, labels: []string{kind, "error"}}}
}

// timing is one series of a vector, which begins to exist with the first value. Its labels are looked up only then.
type timing struct {
	vec    prometheus.ObserverVec
	labels []string
	known  atomic.Pointer[prometheus.Observer]
}

func (s *timing) observe(d time.Duration) {
	known := s.known.Load()
	if known == nil {
		found := s.vec.WithLabelValues(s.labels...)
		known = &found
		s.known.Store(known)
	}
	(*known).Observe(d.Seconds())
}
