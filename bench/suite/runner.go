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

// run measures every row once per round. Rounds go alternately down and up the table, so that no client always follows
// the same other one. A row ends with its first failure; ctx ends everything.
func (r runner) run(ctx context.Context, table []Row, rounds int) (measured []RowReport, leftOut []LeftOut, err error) {
	defer r.progress.end()
	ran := make([]RowReport, len(table))
	absent := make(map[int]string)
	for round := range rounds {
		for i := range table {
			if round%2 == 1 {
				i = len(table) - 1 - i
			}
			if round >= table[i].rounds(rounds) || absent[i] != "" || ran[i].Failure != "" {
				continue
			}
			ran[i].Row = table[i]
			r.progress.begin(table[i], round)
			run, err := r.measure(ctx, table[i])
			if ctx.Err() != nil {
				return nil, nil, context.Cause(ctx)
			}
			r.progress.finish(table[i], round, run, err)
			switch {
			case run.Client.Absent != "":
				absent[i] = run.Client.Absent
			case err != nil:
				ran[i].Failure = err.Error()
			default:
				ran[i].Runs = append(ran[i].Runs, run)
			}
		}
	}
	for i, row := range table {
		if why := absent[i]; why != "" {
			leftOut = append(leftOut, LeftOut{Row: row.ID, Why: why})
		} else {
			measured = append(measured, ran[i])
		}
	}
	return measured, leftOut, nil
}

// measure is one run of a row.
func (r runner) measure(ctx context.Context, row Row) (Run, error) {
	begin := time.Now()
	spec := row.Spec
	asked := time.Duration((spec.Seconds + spec.WarmUp) * float64(time.Second))
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
