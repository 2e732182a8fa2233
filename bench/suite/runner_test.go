package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"hermod/bench/workload"
)

// testRunner starts this test binary as every worker.
func testRunner(t *testing.T) (runner, *seen) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("GORACE", "atexit_sleep_ms=0") // a worker under the race detector ends at once, too
	c := clients{programs: make(map[string]string)}
	for name := range pace {
		c.programs[name] = self
	}
	c.programs[workload.PeerClient] = self
	s := new(seen)
	return runner{clients: c, limit: patient(time.Minute), progress: s}, s
}

// seen notes which rows ran, in order.
type seen struct{ rows, failed []string }

func (s *seen) begin(row Row, round int) { s.rows = append(s.rows, fmt.Sprint(round, " ", row.ID)) }

func (s *seen) finish(row Row, _ int, _ Run, err error) {
	if err != nil {
		s.failed = append(s.failed, row.ID)
	}
}

func (*seen) end() {}

func testRows(ids ...string) []Row {
	wanted := "|" + strings.Join(ids, "|") + "|"
	return rows(scale{seconds: 0.01}, nil, func(id string) bool { return strings.Contains(wanted, "|"+id+"|") })
}

func TestRoundsAlternateAndKeepTheirRuns(t *testing.T) {
	r, s := testRunner(t)
	ran, leftOut, err := r.run(t.Context(), testRows("inbound-420/hermod", "inbound-420/inline"), 3)
	if err != nil || len(leftOut) != 0 || len(ran) != 2 {
		t.Fatalf("%d rows, left out %v, error %v", len(ran), leftOut, err)
	}
	want := []string{"0 inbound-420/hermod", "0 inbound-420/inline", "1 inbound-420/inline", "1 inbound-420/hermod", "2 inbound-420/hermod", "2 inbound-420/inline"}
	if fmt.Sprint(s.rows) != fmt.Sprint(want) {
		t.Errorf("order %v, want %v", s.rows, want)
	}
	for _, row := range ran {
		summary, ok := row.summary(workload.FramesPerSecond)
		if !ok || summary.Median != 1000*pace[row.Spec.Client] || summary.Runs != 3 {
			t.Errorf("%s: %+v", row.ID, summary)
		}
		if peer := row.Runs[0].Peer; peer.Client != workload.PeerClient || peer.Metrics[workload.CPUSeconds] != 0.5 {
			t.Errorf("%s: the peer's result is %+v", row.ID, peer)
		}
	}
}

func TestARowWithFewerRoundsTakesPartInTheFirst(t *testing.T) {
	r, s := testRunner(t)
	table := testRows("inbound-420/hermod", "idle-10000/hermod")
	table[1].Rounds = 1
	ran, _, err := r.run(t.Context(), table, 2)
	if err != nil || len(ran[0].Runs) != 2 || len(ran[1].Runs) != 1 || len(s.rows) != 3 {
		t.Errorf("error %v, runs %v", err, s.rows)
	}
}

func TestAWorkerThatFailsFailsItsRowAndNoOther(t *testing.T) {
	for what, want := range map[string][]string{
		"inline:crash":       {"inline", "exit status 2", "out of ideas"},
		"inline:garbage":     {"inline", "Listening on port 1!", "protocol"},
		"inline:silent":      {"inline", "without a word"},
		"inline:chatty":      {"inline"},
		"inline:endless":     {"inline", "protocol"},
		"inline:fail":        {"inline", "the peer hung up"},
		"inline:crash-after": {"inline", "exit status 3"},
		"inline:other":       {"inline", `under "idle"`},
		"inline:empty":       {"inline", workload.FramesPerSecond},
	} {
		t.Run(what, func(t *testing.T) {
			t.Setenv(behaviour, what)
			r, s := testRunner(t)
			ran, _, err := r.run(t.Context(), testRows("inbound-420/hermod", "inbound-420/inline"), 2)
			if err != nil {
				t.Fatal(err)
			}
			for _, text := range want {
				if !strings.Contains(ran[1].Failure, text) {
					t.Errorf("the failure does not say %q: %s", text, ran[1].Failure)
				}
			}
			if ran[0].Failure != "" || len(ran[0].Runs) != 2 {
				t.Errorf("the other row: %d runs, failure %q", len(ran[0].Runs), ran[0].Failure)
			}
			if len(s.failed) != 1 || len(s.rows) != 3 {
				t.Errorf("a row that failed ran again: %v", s.rows)
			}
		})
	}
}

func TestAHungWorkerIsEndedAndSaysWhereItHung(t *testing.T) {
	t.Setenv(behaviour, "hermod:hang")
	pids := t.TempDir()
	t.Setenv(pidFolder, pids)
	r, _ := testRunner(t)
	r.limit = func(ctx context.Context, _ time.Duration) (context.Context, context.CancelFunc) {
		ctx, end := context.WithCancelCause(ctx)
		var waiting sync.WaitGroup
		waiting.Go(func() {
			if awaitPid(ctx, pids, hangs) {
				end(errHung)
			}
		})
		return ctx, func() {
			end(nil)
			waiting.Wait()
		}
	}
	ran, _, err := r.run(t.Context(), testRows("inbound-420/hermod"), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{errHung.Error(), "SIGQUIT", "misbehave"} {
		if !strings.Contains(ran[0].Failure, want) {
			t.Errorf("the failure does not say %q: %s", want, ran[0].Failure)
		}
	}
}

func TestAPeerThatFailsFailsTheRow(t *testing.T) {
	for what, want := range map[string]string{"peer:crash": "out of ideas", "peer:garbage": "Listening", "peer:silent": "without a word"} {
		t.Run(what, func(t *testing.T) {
			t.Setenv(behaviour, what)
			r, _ := testRunner(t)
			ran, _, err := r.run(t.Context(), testRows("inbound-420/hermod"), 1)
			if err != nil || !strings.Contains(ran[0].Failure, want) || !strings.HasPrefix(ran[0].Failure, "peer: ") {
				t.Errorf("error %v, failure %q", err, ran[0].Failure)
			}
		})
	}
}

func TestAClientThatThisMachineLacksIsLeftOut(t *testing.T) {
	t.Setenv(behaviour, "python:absent")
	r, s := testRunner(t)
	ran, leftOut, err := r.run(t.Context(), testRows("inbound-420/hermod", "inbound-420/python"), 2)
	if err != nil || len(ran) != 1 || ran[0].ID != "inbound-420/hermod" {
		t.Fatalf("error %v, rows %v", err, ran)
	}
	if len(leftOut) != 1 || leftOut[0] != (LeftOut{"inbound-420/python", "no websockets here"}) {
		t.Errorf("left out: %v", leftOut)
	}
	if len(s.rows) != 3 {
		t.Errorf("a row that was left out ran again: %v", s.rows)
	}
}

func TestAProgramThatIsNotThereFailsTheRow(t *testing.T) {
	r, _ := testRunner(t)
	r.clients.programs[workload.Inline] = "/does/not/exist"
	ran, _, err := r.run(t.Context(), testRows("inbound-420/inline"), 1)
	if err != nil || !strings.Contains(ran[0].Failure, "starting inline") {
		t.Errorf("error %v, failure %q", err, ran[0].Failure)
	}
}

func TestCancellingEndsTheWorkersAndGivesNoRows(t *testing.T) {
	t.Setenv(behaviour, "hermod:hang")
	stopped := errors.New("asked to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	r, s := testRunner(t)
	r.progress = startedThen{s, func() { cancel(stopped) }}
	ran, leftOut, err := r.run(ctx, testRows("inbound-420/hermod", "inbound-420/inline"), 5)
	if !errors.Is(err, stopped) || ran != nil || leftOut != nil {
		t.Errorf("rows %v, left out %v, error %v", ran, leftOut, err)
	}
	if len(s.rows) != 1 || len(s.failed) != 0 {
		t.Errorf("it went on: %v, failed %v", s.rows, s.failed)
	}
}

// startedThen does something at the beginning of each run.
type startedThen struct {
	*seen
	then func()
}

func (s startedThen) begin(row Row, round int) {
	s.seen.begin(row, round)
	s.then()
}
