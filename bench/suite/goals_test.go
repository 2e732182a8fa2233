package suite

import (
	"strings"
	"testing"

	"hermod/bench/workload"
)

// reportOf has the rows that a test names, with a run for each value of a metric.
func reportOf(metric string, rows map[string][]float64) *Report {
	r := &Report{Version: formatVersion}
	for id, values := range rows {
		scenario, client, _ := strings.Cut(id, "/")
		row := RowReport{Row: Row{ID: id, Scenario: scenario, Headline: metric, Spec: workload.Spec{Client: client}}}
		for _, v := range values {
			row.Runs = append(row.Runs, Run{Client: workload.Result{Metrics: map[string]float64{metric: v}}})
		}
		r.Rows = append(r.Rows, row)
	}
	return r
}

func TestAGoalIsTheMedianOfTheRatiosOfItsRuns(t *testing.T) {
	faster := against("faster", workload.FramesPerSecond, "x/a", "x/b")
	for _, tc := range []struct {
		name string
		goal goal
		a, b []float64
		want string
	}{
		{"met", faster.atLeast(1.6), []float64{20, 30, 80}, []float64{10, 20, 40}, "goal faster: 2.000 (want >= 1.6) ok"},
		{"just met", faster.atLeast(1.5), []float64{15}, []float64{10}, "goal faster: 1.500 (want >= 1.5) ok"},
		{"missed", faster.atLeast(1.6), []float64{15}, []float64{10}, "goal faster: 1.500 (want >= 1.6) SHORT"},
		// The medians' ratio would be 2.
		{"by run, not by median", faster.noMoreThan(1.2), []float64{1, 20, 30}, []float64{1, 40, 10}, "goal faster: 1.000 (want <= 1.2) ok"},
		{"too much", faster.noMoreThan(0.6), []float64{7}, []float64{10}, "goal faster: 0.700 (want <= 0.6) SHORT"},
		{"just enough", faster.noMoreThan(0.7), []float64{7}, []float64{10}, "goal faster: 0.700 (want <= 0.7) ok"},
		{"no second figure", alone("rss", workload.FramesPerSecond, "x/a", " B").noMoreThan(6144), []float64{5300, 5100, 7000}, nil, "goal rss: 5300 B (want <= 6144 B) ok"},
		{"a difference", goal{id: "allocs", a: faster.a, b: faster.b, combine: difference}.noMoreThan(1), []float64{14.25}, []float64{13}, "goal allocs: 1.250 (want <= 1) SHORT"},
	} {
		r := reportOf(workload.FramesPerSecond, map[string][]float64{"x/a": tc.a, "x/b": tc.b})
		if got := tc.goal.judge(r).String(); got != tc.want {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}

func TestAGoalAgainstSeveralClientsTakesTheBestOfEachRun(t *testing.T) {
	for metric, want := range map[string]string{
		workload.FramesPerSecond: "goal x: 0.500 (want >= 1) SHORT", // 10/40, 10/20, 30/30: more is better
		workload.CPUPerFrame:     "goal x: 1.000 (want >= 1) ok",    // 10/10, 10/5, 30/30: less is better
	} {
		r := reportOf(metric, map[string][]float64{"x/a": {10, 10, 30}, "x/b": {10, 20, 30}, "x/c": {40, 5, 30}})
		if got := against("x", metric, "x/a", "x/b", "x/c").atLeast(1).judge(r).String(); got != want {
			t.Errorf("%s: %q, want %q", metric, got, want)
		}
	}
	r := reportOf(workload.P50, map[string][]float64{"x/a": {1}, "x/b": {1}})
	if got, want := against("x", workload.P50, "x/a", "x/b", "x/c").atLeast(1).judge(r).String(), "goal x: not measured (x/c did not run)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAGoalWithoutItsRowsSaysWhy(t *testing.T) {
	g := against("faster", workload.FramesPerSecond, "x/a", "x/b").atLeast(1)
	for name, tc := range map[string]struct {
		report *Report
		want   string
	}{
		"never ran":    {reportOf(workload.FramesPerSecond, map[string][]float64{"x/a": {1}}), "x/b did not run"},
		"no figure":    {reportOf(workload.P50, map[string][]float64{"x/a": {1}, "x/b": {1}}), "x/a has no frames_per_s"},
		"divided by 0": {reportOf(workload.FramesPerSecond, map[string][]float64{"x/a": {1}, "x/b": {0}}), "frames_per_s of x/b is zero"},
		"failed": {func() *Report {
			r := reportOf(workload.FramesPerSecond, map[string][]float64{"x/a": {1}})
			r.Rows[0].Failure = "it hung"
			return r
		}(), "x/a failed"},
		"left out": {func() *Report {
			r := reportOf(workload.FramesPerSecond, map[string][]float64{"x/a": {1}})
			r.LeftOut = []LeftOut{{"x/b", "no websockets here"}}
			return r
		}(), "no websockets here"},
	} {
		if got, want := g.judge(tc.report).String(), "goal faster: not measured ("+tc.want+")"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestEveryGoalNamesRowsOfTheTableAndMetricsOfTheProtocol(t *testing.T) {
	table := make(map[string]bool)
	for _, row := range rows(scale{}, nil, func(string) bool { return true }) {
		table[row.ID] = true
	}
	for id := range goalRows() {
		if !table[id] {
			t.Errorf("no row %s", id)
		}
	}
	for _, o := range sampleReport(t).Outcomes {
		if o.Value == nil {
			t.Errorf("%s", o)
		}
	}
}
