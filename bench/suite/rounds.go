package suite

import (
	"context"
	"slices"
	"sync"
)

// run measures every row once per round, and those whose memory is not steady in further rounds. Rounds go alternately
// down and up the table, so that no client always follows the same other one. A row ends with its first failure; ctx
// ends everything. When it is enough, rows that did not run are left out.
func (r runner) run(ctx context.Context, table []Row, rounds int) (measured []RowReport, leftOut []LeftOut, err error) {
	defer r.progress.end()
	t := tally{rows: make([]RowReport, len(table)), absent: make(map[int]string)}
	for i, row := range table {
		t.rows[i].Row = row
	}
	for round := range rounds {
		r.round(ctx, t, round, func(i int) bool { return round < table[i].rounds(rounds) })
	}
	for round := rounds; round < r.most && ctx.Err() == nil; round++ {
		unsteady := t.unsteady()
		r.round(ctx, t, round, func(i int) bool { return slices.Contains(unsteady, i) })
	}
	if ctx.Err() != nil {
		return nil, nil, context.Cause(ctx)
	}
	measured, leftOut = t.result()
	return measured, leftOut, nil
}

// round measures the rows that take part, and those that are long side by side.
func (r runner) round(ctx context.Context, t tally, round int, takesPart func(i int) bool) {
	groups := t.groups()
	if round%2 == 1 {
		slices.Reverse(groups)
	}
	for _, group := range groups {
		if r.enough != nil && r.enough() {
			return
		}
		group = slices.DeleteFunc(group, func(i int) bool { return !takesPart(i) || t.ended(i) })
		outcomes := make([]outcome, len(group))
		var running sync.WaitGroup
		for at, i := range group {
			if ctx.Err() != nil {
				break
			}
			r.progress.begin(t.rows[i].Row, round)
			running.Go(func() { outcomes[at].run, outcomes[at].err = r.measure(ctx, t.rows[i].Row) })
		}
		running.Wait()
		if ctx.Err() != nil {
			return
		}
		for at, i := range group {
			r.progress.finish(t.rows[i].Row, round, outcomes[at].run, outcomes[at].err)
			t.add(i, outcomes[at])
		}
	}
}

// outcome is how a run ended.
type outcome struct {
	run Run
	err error
}

// tally is what the rows of a table have measured so far.
type tally struct {
	rows   []RowReport
	absent map[int]string // why a row cannot run here
}

func (t tally) add(i int, o outcome) {
	switch {
	case o.run.Client.Absent != "":
		t.absent[i] = o.run.Client.Absent
	case o.err != nil:
		t.rows[i].Failure = o.err.Error()
	default:
		t.rows[i].Runs = append(t.rows[i].Runs, o.run)
	}
}

// ended says whether a row runs no more.
func (t tally) ended(i int) bool { return t.absent[i] != "" || t.rows[i].Failure != "" }

// groups are the rows in order; neighbours that are long are one group.
func (t tally) groups() (all [][]int) {
	for i, row := range t.rows {
		if i > 0 && row.Long && t.rows[i-1].Long {
			all[len(all)-1] = append(all[len(all)-1], i)
		} else {
			all = append(all, []int{i})
		}
	}
	return all
}

// noTime is why a row that might have run did not.
const noTime = "there was no time for it"

func (t tally) result() (measured []RowReport, leftOut []LeftOut) {
	for i, row := range t.rows {
		switch why := t.absent[i]; {
		case why != "":
			leftOut = append(leftOut, LeftOut{Row: row.ID, Why: why})
		case len(row.Runs) == 0 && row.Failure == "":
			leftOut = append(leftOut, LeftOut{Row: row.ID, Why: noTime})
		default:
			measured = append(measured, row)
		}
	}
	return measured, leftOut
}
