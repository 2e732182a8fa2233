package suite

import (
	"slices"
	"testing"

	"hermod/bench/workload"
)

func TestTheClientsOfASilenceRunAtTheSameTime(t *testing.T) {
	t.Setenv(behaviour, "*:meet")
	t.Setenv(pidFolder, t.TempDir())
	r, s := testRunner(t)
	ran, _, err := r.run(t.Context(), testRows("hang/hermod", "silence-10000/hermod", "silence-10000/gobwas-mutex", "silence-10000/nbio"), 1)
	if err != nil || len(ran) != 4 || len(s.failed) != 0 {
		t.Fatalf("error %v, failed %v, rows %v", err, s.failed, ran)
	}
	for i, row := range ran[:3] {
		if want := 60 + 5*float64(i); row.Spec.Rest != want {
			t.Errorf("%s rests %v s, want %v, so that it has the machine to itself when its events come", row.ID, row.Spec.Rest, want)
		}
	}
}

func TestMemoryThatIsNotSteadyIsMeasuredAgain(t *testing.T) {
	t.Setenv(behaviour, "hermod:shaky")
	t.Setenv(pidFolder, t.TempDir())
	r, s := testRunner(t)
	r.most = 3
	ran, _, err := r.run(t.Context(), testRows("hang/hermod", "idle-10000/hermod", "idle-10000/bare"), 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.rows) != 7 || s.rows[6] != "2 idle-10000/hermod" || len(ran[0].Runs) != 3 {
		t.Errorf("runs %v, want one more of idle-10000/hermod", s.rows)
	}
}

func TestOnlyRowsOfGoalsAboutMemoryRunAgain(t *testing.T) {
	steady, shaky := []float64{100, 101, 100}, []float64{100, 110, 120}
	for _, tc := range []struct {
		name   string
		values map[string][]float64
		want   []string
	}{
		{"steady", map[string][]float64{"idle-10000/hermod": steady, "idle-2000-tls/hermod": steady}, nil},
		{"alone", map[string][]float64{"idle-10000/hermod": shaky, "idle-2000-tls/hermod": steady}, []string{"idle-10000/hermod"}},
		{"in no goal", map[string][]float64{"idle-10000/bare": shaky, "idle-10000/hermod": steady}, nil},
		{"a pair", map[string][]float64{"idle-2000-tls/bare": shaky, "idle-2000-tls/hermod": steady, "idle-2000-tls/gobwas-mutex": shaky},
			[]string{"idle-2000-tls/bare", "idle-2000-tls/hermod"}},
		{"never ran", map[string][]float64{"idle-10000/hermod": nil}, nil},
	} {
		ta := tally{rows: reportOf(workload.RSSPerRelay, tc.values).Rows}
		var got []string
		for _, i := range ta.unsteady() {
			got = append(got, ta.rows[i].ID)
		}
		slices.Sort(got)
		if !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v run again, want %v", tc.name, got, tc.want)
		}
	}
	long := tally{rows: reportOf(workload.RSSPerRelay, map[string][]float64{"idle-run-10000/hermod-run": shaky}).Rows}
	long.rows[0].Long = true
	if got := long.unsteady(); len(got) != 1 {
		t.Errorf("a long row runs again: %v", got)
	}
	long.rows[0].Runs = append(long.rows[0].Runs, long.rows[0].Runs[0])
	if got := long.unsteady(); len(got) != 0 {
		t.Errorf("a long row that ran %d times runs again", mostLongRuns)
	}
	failed := tally{rows: reportOf(workload.RSSPerRelay, map[string][]float64{"idle-10000/hermod": shaky}).Rows}
	failed.rows[0].Failure = "it hung"
	if got := failed.unsteady(); len(got) != 0 {
		t.Errorf("a row that failed runs again: %v", got)
	}
	other := tally{rows: reportOf(workload.FramesPerSecond, map[string][]float64{"inbound-420/hermod": shaky}).Rows}
	if got := other.unsteady(); len(got) != 0 {
		t.Errorf("a row of another figure runs again: %v", got)
	}
}

func TestWhenThereIsNoMoreTimeTheRestIsLeftOut(t *testing.T) {
	r, s := testRunner(t)
	r.enough = func() bool { return len(s.rows) == 3 }
	ran, leftOut, err := r.run(t.Context(), testRows("inbound-420/hermod", "inbound-420/inline"), 5)
	if err != nil || len(leftOut) != 0 || len(ran[0].Runs) != 1 || len(ran[1].Runs) != 2 {
		t.Errorf("error %v, left out %v, runs %v", err, leftOut, s.rows)
	}
	r.enough = func() bool { return len(s.rows) == 4 }
	ran, leftOut, err = r.run(t.Context(), testRows("inbound-420/hermod", "inbound-420/inline"), 5)
	if want := (LeftOut{"inbound-420/inline", noTime}); err != nil || len(ran) != 1 || len(leftOut) != 1 || leftOut[0] != want {
		t.Errorf("error %v, left out %v, rows %v", err, leftOut, ran)
	}
	if got, want := leftOutLines(leftOut), "left out (there was no time for it): inbound-420/inline\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := roundsOf(ran, 5); got != 1 {
		t.Errorf("%d rounds are told, want 1", got)
	}
}

func TestTheSpreadIsThatOfTheMiddleHalf(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{100}, 0},
		{[]float64{98, 100, 102}, 0.02},
		{[]float64{103, 100, 97, 500, 1}, 0.06}, // a wild run on either side does not count
	} {
		if got := spreadOf(tc.values); got < tc.want-1e-9 || got > tc.want+1e-9 {
			t.Errorf("%v: %v, want %v", tc.values, got, tc.want)
		}
	}
}

func TestFurtherRunsAreTold(t *testing.T) {
	row := reportOf(workload.RSSPerRelay, map[string][]float64{"idle/hermod": {100, 101, 100, 101}}).Rows[0]
	want := "hermod 4 runs, of which the middle half differs by 1.0 %"
	if got := remark([]RowReport{row}, 3); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := remark([]RowReport{row}, 4); got != "" {
		t.Errorf("as many runs as planned: %q", got)
	}
}

func TestAQuickRunDoesNotWaitForSilence(t *testing.T) {
	long := func(s scale) []Row {
		return slices.DeleteFunc(rows(s, nil, everything), func(row Row) bool { return !row.Long })
	}
	if got := long(quickScale); len(got) != 0 {
		t.Errorf("a quick run has %d rows that take a minute", len(got))
	}
	quick := rows(quickScale, nil, everything)
	if !slices.IsSortedFunc(quick, func(a, b Row) int { return a.Rounds - b.Rounds }) {
		t.Error("slow rows come before others, and may leave them no time")
	}
	for _, row := range long(smokeScale) {
		if row.Spec.Rest > 1 {
			t.Errorf("a smoke run rests %v s", row.Spec.Rest)
		}
	}
}
