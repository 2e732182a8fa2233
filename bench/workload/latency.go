package workload

import (
	"fmt"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// latencies turns times, in ns, into percentiles and a histogram that can be joined with others.
func (r *runner) latencies(times ...[]int64) error {
	histogram := hdrhistogram.New(1, int64(2*RequestTimeout/time.Nanosecond), 3)
	for _, took := range slices.Concat(times...) {
		if err := histogram.RecordValue(took); err != nil {
			return fmt.Errorf("record a latency: %w", err)
		}
	}
	for metric, percentile := range map[string]float64{P50: 50, P90: 90, P99: 99, P999: 99.9} {
		r.Metrics[metric] = float64(histogram.ValueAtPercentile(percentile))
	}
	r.Metrics[MaxLatency] = float64(histogram.Max())
	encoded, err := histogram.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return fmt.Errorf("encode the histogram: %w", err)
	}
	r.Latency = string(encoded)
	return nil
}
