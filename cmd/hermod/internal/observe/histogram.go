package observe

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// newDurations makes a histogram that servers which know native ones scrape as such, and all others with these buckets.
func newDurations(name, help string, buckets []float64, labels ...string) *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: name, Help: help, Buckets: buckets,
		NativeHistogramBucketFactor: 1.1, NativeHistogramMaxBucketNumber: 160,
		NativeHistogramMinResetDuration: time.Hour}, labels)
}

// quick suits what takes microseconds to seconds, slow what may wait for a person or a program.
var (
	quick = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30}
	slow  = []float64{.0001, .001, .005, .025, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 300}
)
