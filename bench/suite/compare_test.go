package suite

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"hermod/bench/workload"
)

func TestAChangeIsShownOnlyWhenItIsNotChance(t *testing.T) {
	steady := []float64{100, 101, 102, 103, 104, 105}
	for name, tc := range map[string]struct {
		metric string
		new    []float64
		delta  string
		better bool
	}{
		"all runs slower":     {workload.FramesPerSecond, []float64{50, 51, 52, 53, 54, 55}, "-48.78%", false},
		"all runs faster":     {workload.FramesPerSecond, []float64{200, 202, 204, 206, 208, 210}, "+100.00%", true},
		"less latency":        {workload.P99, []float64{50, 51, 52, 53, 54, 55}, "-48.78%", true},
		"the same":            {workload.FramesPerSecond, steady, "~", false},
		"overlapping":         {workload.FramesPerSecond, []float64{90, 99, 101.5, 104.5, 106, 120}, "~", false},
		"too few to be sure":  {workload.FramesPerSecond, []float64{500, 501}, "~", false},
		"one wild run of six": {workload.FramesPerSecond, []float64{100.5, 101.5, 102.5, 103.5, 104.5, 900}, "~", false},
	} {
		before := reportOf(tc.metric, map[string][]float64{"x/a": steady})
		after := reportOf(tc.metric, map[string][]float64{"x/a": tc.new})
		all := changes(before, after)
		if name == "too few to be sure" {
			all = changes(reportOf(tc.metric, map[string][]float64{"x/a": steady[:3]}), after)
		}
		if len(all) != 1 || all[0].delta() != tc.delta {
			t.Fatalf("%s: %+v", name, all)
		}
		if tc.delta != "~" && all[0].better() != tc.better {
			t.Errorf("%s: better is %v", name, all[0].better())
		}
	}
}

func TestComparingDoesNotReorderTheRuns(t *testing.T) {
	r := reportOf(workload.FramesPerSecond, map[string][]float64{"x/a": {3, 1, 2}})
	changes(r, r)
	if got := r.Rows[0].values(workload.FramesPerSecond); !slices.Equal(got, []float64{3, 1, 2}) {
		t.Errorf("runs became %v", got)
	}
}

func TestChangesNameBothReportsAndWhatCannotBeCompared(t *testing.T) {
	before := sampleReport(t)
	before.Machine.CPU, before.Commit = "Another CPU", "fedcba9876543210"
	after := sampleReport(t)
	for i := range after.Rows {
		for j := range after.Rows[i].Runs {
			after.Rows[i].Runs[j].Client.Metrics[workload.AllocsPerFrame] *= 2
		}
	}
	var out bytes.Buffer
	if err := printChanges(&out, before, after); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"Another CPU", "fedcba987654", "not measured on machines of one kind", "inbound-420/hermod", "+100.00%",
		"p=0.008 n=5", "need >= 6 samples for confidence interval", "did not change significantly"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}

	out.Reset()
	if err := printChanges(&out, &Report{}, after); err != nil || !strings.Contains(out.String(), "no figure in common") {
		t.Errorf("error %v, text %q", err, out.String())
	}
}

func TestARowThatFailedIsNotCompared(t *testing.T) {
	r := sampleReport(t)
	broken := sampleReport(t)
	broken.Rows[0].Failure = "it hung"
	if slices.ContainsFunc(changes(r, broken), func(c change) bool { return c.row.ID == r.Rows[0].ID }) {
		t.Error("a failed row was compared")
	}
}
