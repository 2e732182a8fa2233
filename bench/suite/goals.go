package suite

import (
	"errors"
	"fmt"
	"strconv"

	"hermod/bench/workload"
)

// figure names a metric of a row.
type figure struct{ row, metric string }

// goal is a target for the figures of one report. Its value is the median, over the runs, of a figure or of a pair of
// figures of the same run.
type goal struct {
	id      string
	a       figure
	b       *figure // nil: a alone
	combine func(a, b float64) float64
	atMost  bool // the value must not be above the target; otherwise not below
	target  float64
	unit    string // "" for ratios and counts
	stretch float64
}

// against is a goal about a ratio of two rows' figures.
func against(id, metric, row, baseline string) goal {
	return goal{id: id, a: figure{row, metric}, b: &figure{baseline, metric}, combine: ratio}
}

func (g goal) atLeast(target float64) goal { g.target = target; return g }

func (g goal) noMoreThan(target float64) goal { g.target, g.atMost = target, true; return g }

// goals are the last lines of the program.
var goals = []goal{
	against("inbound-vs-inline", workload.FramesPerSecond, "inbound-420/hermod", "inbound-420/inline").atLeast(1.25),
	against("inbound-vs-gorilla", workload.FramesPerSecond, "inbound-420/hermod", "inbound-420/gorilla").atLeast(6),
	against("inbound-vs-python", workload.FramesPerSecond, "inbound-420/hermod", "inbound-420/python").atLeast(15),
	against("outbound64-vs-gobwas-mutex", workload.FramesPerSecond, "outbound-64/hermod", "outbound-64/gobwas-mutex").atLeast(1.6),
	against("outbound64-vs-gobwas-yield", workload.FramesPerSecond, "outbound-64/hermod", "outbound-64/gobwas-yield").atLeast(0.95),
	against("outbound1024-vs-gobwas-mutex", workload.FramesPerSecond, "outbound-1024/hermod", "outbound-1024/gobwas-mutex").atLeast(1.7),
	against("outbound1-p50-vs-gobwas-mutex", workload.P50, "outbound-1/hermod", "outbound-1/gobwas-mutex").noMoreThan(1.10),
	against("outbound64-p99-vs-gobwas-mutex", workload.P99, "outbound-64/hermod", "outbound-64/gobwas-mutex").noMoreThan(0.60),
	against("outbound64-busy-vs-gobwas-mutex", workload.FramesPerSecond, "outbound-64-busy/hermod", "outbound-64-busy/gobwas-mutex").atLeast(0.95),
	goal{id: "outbound64-writes-per-frame", a: figure{"outbound-64/hermod", workload.WritesPerFrame}}.noMoreThan(0.10),
	goal{id: "inbound-allocs-over-goccy", a: figure{"inbound-420/hermod", workload.AllocsPerFrame},
		b: &figure{"inbound-420/inline", workload.AllocsPerFrame}, combine: difference}.noMoreThan(1),
	goal{id: "idle-rss-per-relay", a: figure{"idle-10000/hermod", workload.RSSPerRelay}, unit: " B", stretch: 4096}.noMoreThan(6144),
	against("connect-vs-bare", workload.ConnectSeconds, "connect-10000/hermod", "connect-10000/bare").noMoreThan(1.5),
	against("spread10000-vs-1", workload.CPUPerFrame, "spread-10000/hermod", "spread-1/hermod").noMoreThan(1.5),
	goal{id: "hang-others", a: figure{"hang/hermod", workload.OthersDuring},
		b: &figure{"hang/hermod", workload.OthersBefore}, combine: ratio}.atLeast(0.95),
	against("middle-p50-vs-direct", workload.P50, "middle-outbound-1/behind", "middle-outbound-1/hermod").noMoreThan(2.2),
	against("middle-events-vs-direct", workload.FramesPerSecond, "middle-live/behind", "middle-live/hermod").atLeast(0.5),
	against("middle-kept-vs-store", workload.FramesPerSecond, "middle-acks/behind-kept", "middle-acks/store").atLeast(0.5),
}

// goalRows are the ids of the rows that the goals need.
func goalRows() map[string]bool {
	ids := make(map[string]bool)
	for _, g := range goals {
		ids[g.a.row] = true
		if g.b != nil {
			ids[g.b.row] = true
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
	if err != nil || g.b == nil {
		return a, err
	}
	b, err := r.values(*g.b)
	if err != nil {
		return nil, err
	}
	values := paired(a, b, g.combine)
	for _, v := range values {
		if !finite(v) {
			return nil, fmt.Errorf("%s of %s is zero", g.b.metric, g.b.row)
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
