package campaign

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"hermod/faults/internal/judge"
	"hermod/faults/internal/schedule"
	"hermod/faults/internal/world"
)

// Table adds up a campaign.
type Table struct {
	Schedules, Clustered int
	Took                 time.Duration
	Failed               []Failed
	// FoundAfter is how many had been played when the first failed, that one included.
	FoundAfter int
	// Broken are failures of the lab itself.
	Broken []string

	began                                    time.Time
	told                                     time.Time
	faults, notRun                           map[schedule.Do]int
	violations                               map[string]int
	deliveries, repeats, letters             int
	ok, ambiguous, failed, died, late, lives int
	latest, played, settling                 int
}

func newTable() *Table {
	return &Table{began: time.Now(), told: time.Now(), faults: make(map[schedule.Do]int),
		notRun: make(map[schedule.Do]int), violations: make(map[string]int)}
}

// maxFailed bounds what is kept of schedules that fail.
const maxFailed = 20

func (t *Table) add(s schedule.Schedule, r world.Result) {
	if r.Error != "" {
		t.Broken = append(t.Broken, fmt.Sprintf("seed %d: %s", s.Seed, r.Error))
		return
	}
	t.Schedules++
	if s.Cluster {
		t.Clustered++
	}
	for _, step := range s.Steps {
		if step.IsFault() {
			t.faults[step.Do]++
		}
	}
	for do, count := range r.NotRun {
		t.faults[do] -= count
		t.notRun[do] += count
	}
	v := r.Verdict
	t.deliveries, t.repeats, t.letters = t.deliveries+v.Deliveries, t.repeats+v.Repeats, t.letters+v.Letters
	t.ok, t.ambiguous, t.failed, t.died = t.ok+v.OK, t.ambiguous+v.Ambiguous, t.failed+v.Failed, t.died+v.Died
	t.late, t.latest, t.lives = t.late+v.Late, max(t.latest, v.Latest), t.lives+v.Lives
	t.played, t.settling = t.played+r.Took, t.settling+r.Settling
	for _, violation := range v.Violations {
		t.violations[violation.Kind]++
	}
	if len(v.Violations) > 0 && t.FoundAfter == 0 {
		t.FoundAfter = t.Schedules
	}
	if len(v.Violations) > 0 && len(t.Failed) < maxFailed {
		t.Failed = append(t.Failed, Failed{s, r})
	}
}

// progress prints a line every ten seconds.
func (t *Table) progress(out io.Writer) {
	if out == nil || time.Since(t.told) < 10*time.Second {
		return
	}
	t.told = time.Now()
	fmt.Fprintf(out, "%5d schedules, %.1f a second, %d failed\n", t.Schedules,
		float64(t.Schedules)/time.Since(t.began).Seconds(), len(t.Failed))
}

// Print prints the table.
func (t *Table) Print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name string, value any, more string) { fmt.Fprintf(w, "%s\t%v\t%s\n", name, value, more) }
	seconds, each := t.Took.Seconds(), max(1, t.Schedules)
	row("schedules", t.Schedules, fmt.Sprintf("in %.0f s, %.1f a second; one takes %d ms, %d of them until all is settled",
		seconds, float64(t.Schedules)/seconds, t.played/each, t.settling/each))
	row("  of a cluster", t.Clustered, "")
	total := 0
	for _, do := range schedule.Faults {
		more := ""
		if t.notRun[do] > 0 {
			more = fmt.Sprintf("%d not run: they need root and namespaces", t.notRun[do])
		}
		row("  "+string(do), t.faults[do], more)
		total += t.faults[do]
	}
	row("faults", total, fmt.Sprintf("%d lives of processes began", t.lives))
	row("deliveries", t.deliveries, fmt.Sprintf("%d further tries, %d dead letters", t.repeats, t.letters))
	row("requests", t.ok+t.ambiguous+t.failed+t.died,
		fmt.Sprintf("%d ok, %d ambiguous, %d failed, %d died with their process", t.ok, t.ambiguous, t.failed, t.died))
	row("late", t.late, fmt.Sprintf("requests over their deadline and %v; the latest by %d ms more", judge.Slack, t.latest))
	for _, kind := range judge.Kinds {
		row(kind, t.violations[kind], "")
	}
	_ = w.Flush()
	for _, broken := range t.Broken {
		fmt.Fprintln(out, "THE LAB FAILED:", strings.TrimSpace(broken))
	}
}
