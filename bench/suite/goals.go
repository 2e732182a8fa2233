package suite

import (
	"errors"
	"fmt"
	"strconv"
)

// figure names a metric of a row.
type figure struct{ row, metric string }

// goal is a target for the figures of one report. Its value is the median, over the runs, of a figure or of what
// combines it with another one of the same run.
type goal struct {
	id      string
	a       figure
	b       []figure // the best of them in each run; empty: a alone
	combine func(a, b float64) float64
	atMost  bool // the value must not be above the target; otherwise not below
	target  float64
	unit    string // "" for ratios and counts
}

// against is a goal about a ratio of two rows' figures. With several baselines, the best of each run counts.
func against(id, metric, row string, baselines ...string) goal {
	g := goal{id: id, a: figure{row, metric}, combine: ratio}
	for _, baseline := range baselines {
		g.b = append(g.b, figure{baseline, metric})
	}
	return g
}

// alone is a goal about a row's own figure.
func alone(id, metric, row, unit string) goal {
	return goal{id: id, a: figure{row, metric}, unit: unit}
}

func (g goal) atLeast(target float64) goal { g.target = target; return g }

func (g goal) noMoreThan(target float64) goal { g.target, g.atMost = target, true; return g }

// goalRows are the ids of the rows that the goals need.
func goalRows() map[string]bool {
	ids := make(map[string]bool)
	for _, g := range goals {
		ids[g.a.row] = true
		for _, b := range g.b {
			ids[b.row] = true
		}
	}
	return ids
}

// Outcome is the result of a goal in one report.
type Outcome struct {
	Goal   string
	Op     string // ">=" or "<="
	Target float64
	Unit   string   `json:",omitempty"`
	Value  *Summary `json:",omitempty"` // nil when not measured
	Met    bool
	Why    string `json:",omitempty"` // why it was not measured
}

// judge compares a goal with the rows of a report.
func (g goal) judge(r *Report) Outcome {
	o := Outcome{Goal: g.id, Op: ">=", Target: g.target, Unit: g.unit}
	if g.atMost {
		o.Op = "<="
	}
	values, err := g.values(r)
	if err != nil {
		o.Why = err.Error()
		return o
	}
	s := summarize(values)
	o.Value = &s
	o.Met = s.Median >= g.target
	if g.atMost {
		o.Met = s.Median <= g.target
	}
	return o
}

func (g goal) values(r *Report) ([]float64, error) {
	a, err := r.values(g.a)
	if err != nil || len(g.b) == 0 {
		return a, err
	}
	best, err := r.values(g.b[0])
	for _, other := range g.b[1:] {
		var values []float64
		if err == nil {
			values, err = r.values(other)
		}
		best = paired(best, values, metricByName(other.metric).better)
	}
	if err != nil {
		return nil, err
	}
	values := paired(a, best, g.combine)
	for _, v := range values {
		if !finite(v) {
			return nil, fmt.Errorf("%s of %s is zero", g.b[0].metric, g.b[0].row)
		}
	}
	return values, nil
}

// values of a figure, one per run.
func (r *Report) values(f figure) ([]float64, error) {
	for _, row := range r.Rows {
		if row.ID != f.row {
			continue
		}
		if row.Failure != "" {
			return nil, fmt.Errorf("%s failed", f.row)
		}
		values := row.values(f.metric)
		if len(values) == 0 || len(values) < len(row.Runs) {
			return nil, fmt.Errorf("%s has no %s", f.row, f.metric)
		}
		return values, nil
	}
	for _, left := range r.LeftOut {
		if left.Row == f.row {
			return nil, errors.New(left.Why)
		}
	}
	return nil, fmt.Errorf("%s did not run", f.row)
}

// String is the goal's line at the end of the program's output.
func (o Outcome) String() string {
	if o.Value == nil {
		return fmt.Sprintf("goal %s: not measured (%s)", o.Goal, o.Why)
	}
	return fmt.Sprintf("goal %s: %s (want %s %s) %s", o.Goal, o.number(o.Value.Median), o.Op, o.want(), o.verdict())
}

func (o Outcome) verdict() string {
	if o.Met {
		return "ok"
	}
	return "SHORT"
}

func (o Outcome) want() string { return strconv.FormatFloat(o.Target, 'f', -1, 64) + o.Unit }

// number formats a value with the precision that the target needs.
func (o Outcome) number(v float64) string {
	if o.Unit != "" {
		return strconv.FormatFloat(v, 'f', 0, 64) + o.Unit
	}
	return strconv.FormatFloat(v, 'f', 3, 64)
}
