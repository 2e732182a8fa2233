package suite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"hermod/bench/workload"
)

// runner runs rows, each in two processes of its own.
type runner struct {
	clients  clients
	limit    limit
	progress progress
	enough   func() bool // whether no more runs begin; nil: never
	most     int         // runs of a row whose memory is not steady; no more than the rounds: none is repeated
}

// limit bounds a run that was asked to take a time; the context that it returns ends with errHung as its cause.
type limit func(ctx context.Context, asked time.Duration) (context.Context, context.CancelFunc)

// patient is the limit of a run that may take so much longer than asked.
func patient(longer time.Duration) limit {
	return func(ctx context.Context, asked time.Duration) (context.Context, context.CancelFunc) {
		return context.WithTimeoutCause(ctx, asked+longer, errHung)
	}
}

// progress is told what happens; its methods are called one after the other.
type progress interface {
	begin(row Row, round int)
	finish(row Row, round int, run Run, err error)
	end()
}

// measure is one run of a row.
func (r runner) measure(ctx context.Context, row Row) (Run, error) {
	begin := time.Now()
	spec := row.Spec
	asked := time.Duration((spec.Seconds + spec.WarmUp + spec.Rest) * float64(time.Second))
	ctx, cancel := r.limit(ctx, asked)
	defer cancel()

	load := spec
	load.Client, load.CPUs = workload.PeerClient, row.PeerCPUs
	peer, err := start(ctx, r.clients.programs[workload.PeerClient], load)
	if err != nil {
		return Run{}, err
	}
	defer peer.kill()
	var at workload.Address
	if err := peer.line(ctx, &at); err != nil {
		return Run{}, err
	}

	spec.URL, spec.Roots = at.URL, at.Roots
	client, err := start(ctx, r.clients.programs[spec.Client], spec, workload.DaemonVariable+"="+r.clients.daemon)
	if err != nil {
		return Run{}, err
	}
	defer client.kill()
	var run Run
	var clientErr, peerErr error
	if run.Client, clientErr = client.result(ctx); clientErr == nil {
		clientErr = check(run.Client, row)
	}
	run.Peer, peerErr = peer.result(ctx)
	run.Seconds = time.Since(begin).Seconds()
	return run, errors.Join(clientErr, peerErr)
}

// check compares a result with what was asked.
func check(r workload.Result, row Row) error {
	_, measured := r.Metrics[row.Headline]
	switch {
	case r.Client != row.Spec.Client || r.Scenario != row.Spec.Scenario:
		return fmt.Errorf("%s: the result is of %s under %q, not under %q", row.Spec.Client, r.Client, r.Scenario, row.Spec.Scenario)
	case r.Absent == "" && !measured:
		return fmt.Errorf("%s: the result has no %s", row.Spec.Client, row.Headline)
	}
	return nil
}
