package workload

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// samples is the initial room for round trips, allocated before the measurement; it grows if needed.
const samples = 1 << 21

// requester keeps one request in flight, and remembers how long each took.
type requester struct {
	took     []int64 // ns, of those answered in the measured time
	answered uint64  // in all
	err      error
}

// outbound keeps InFlight requests in flight. For Duplex it counts events beside them.
func (r *runner) outbound() error {
	requesters := make([]requester, r.InFlight)
	var measuring, ended, measured atomic.Bool
	var wg sync.WaitGroup
	for i := range requesters {
		requesters[i].took = make([]int64, 0, samples/r.InFlight)
		wg.Go(func() { requesters[i].run(r.conns[i%len(r.conns)], i, &measuring, &measured, &ended) })
	}
	wait(r.WarmUp)
	events, start := r.handler.total(), readMeter()
	measuring.Store(true)
	wait(r.Seconds)
	await(measured.Load)
	measuring.Store(false)
	end := readMeter()
	events = r.handler.total() - events
	ended.Store(true)
	wg.Wait()
	return r.report(requesters, start, end, float64(events))
}

func (q *requester) run(client Client, i int, measuring, measured, ended *atomic.Bool) {
	ctx := context.Background()
	chat := fmt.Sprintf("chat-%02d", i%chats)
	for !ended.Load() {
		begin := time.Now()
		if q.err = client.Send(ctx, chat, "a short answer"); q.err != nil {
			return
		}
		q.answered++
		if measuring.Load() {
			if len(q.took) == 0 {
				measured.Store(true)
			}
			q.took = append(q.took, int64(time.Since(begin)))
		}
	}
}

func (r *runner) report(requesters []requester, start, end meter, events float64) error {
	var answered, requests float64
	var errs []error
	var times [][]int64
	for _, q := range requesters {
		answered += float64(q.answered)
		requests += float64(len(q.took))
		errs = append(errs, q.err)
		times = append(times, q.took)
	}
	r.Metrics = start.metrics(end, requests+events, r.Spec)
	r.Metrics[Requests] = answered
	if r.Spec.Scenario == Duplex {
		seconds := end.at.Sub(start.at).Seconds()
		r.Metrics[EventsPerSecond], r.Metrics[FramesPerSecond] = events/seconds, requests/seconds
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if requests == 0 {
		return ErrNothing
	}
	return r.latencies(times...)
}
