package suite

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"hermod/bench/workload"
)

func TestTheBarEndsWhenEveryRunIsOver(t *testing.T) {
	table := testRows("inbound-420/hermod", "inbound-420/inline", "inbound-420/python", "idle-10000/hermod")
	table[3].Rounds = 1
	var out bytes.Buffer
	b := newBar(&out, table, 3)
	if got := b.bar.GetMax(); got != 10 {
		t.Fatalf("%d runs, want 10", got)
	}
	for round := range 3 { // the first row works, the second fails in its second round, the third is absent
		b.begin(table[0], round)
		b.finish(table[0], round, Run{}, nil)
	}
	b.finish(table[1], 0, Run{}, nil)
	b.finish(table[1], 1, Run{}, errors.New("it hung"))
	b.finish(table[2], 0, Run{Client: workload.Result{Absent: "no websockets here"}}, nil)
	if b.bar.IsFinished() {
		t.Error("finished before the last row")
	}
	b.finish(table[3], 0, Run{}, nil)
	if !b.bar.IsFinished() {
		t.Error("not finished after the last run that was planned")
	}
	b.begin(table[3], 3)
	if b.bar.IsFinished() {
		t.Error("finished before a run beyond those that were planned")
	}
	b.finish(table[3], 3, Run{}, nil)
	b.end()
	if !b.bar.IsFinished() || !strings.Contains(out.String(), "inbound-420/inline failed: it hung\n") {
		t.Errorf("finished: %v, output %q", b.bar.IsFinished(), out.String())
	}
}

func TestWithoutATerminalEveryRunIsALine(t *testing.T) {
	var out bytes.Buffer
	table := testRows("inbound-420/hermod")
	l := newProgress(&out, table, 2)
	l.begin(table[0], 0)
	l.finish(table[0], 0, Run{Client: workload.Result{Metrics: map[string]float64{workload.FramesPerSecond: 1_450_000}}},
		nil)
	l.finish(table[0], 2, Run{}, errors.New("it hung"))
	l.finish(table[0], 1, Run{Client: workload.Result{Absent: "no websockets here"}}, nil)
	l.end()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if want := "round 3, again  inbound"; !strings.HasPrefix(lines[1], want) {
		t.Errorf("line %q does not begin with %q", lines[1], want)
	}
	for i, want := range []string{"1.45 M/s", "failed: it hung", "left out: no websockets here"} {
		if !strings.HasPrefix(lines[i], "round ") || !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %q does not end with %q", lines[i], want)
		}
	}
}
