package workload

import (
	"fmt"
	"time"
)

// silence waits while nothing happens, and then for one event of each relay.
func (r *runner) silence() error {
	a := &r.handler.arrivals
	end := time.Duration((r.Rest+float64(r.Relays)/r.Rate)*float64(time.Second)) + patience
	for limit := time.Now().Add(end); !a.complete() && time.Now().Before(limit); {
		wait(0.05)
	}
	if !a.complete() {
		return fmt.Errorf("%d of %d events came after the silence", a.done.Load(), r.Relays)
	}
	r.Metrics = map[string]float64{}
	return r.latencies(a.took)
}
