package suite

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"golang.org/x/perf/benchmath"

	"hermod/bench/workload"
)

// compared are the metrics whose change is shown.
var compared = []string{
	workload.FramesPerSecond, workload.P50, workload.P99, workload.CPUPerFrame, workload.AllocsPerFrame,
	workload.WritesPerFrame, workload.ConnectSeconds, workload.RSSPerRelay, workload.OthersDuring,
}

// change is one figure of a row, before and after.
type change struct {
	row      Row
	metric   metric
	old, new benchmath.Summary
	test     benchmath.Comparison
	warnings []error
}

// confidence of the intervals, as benchstat has it.
const confidence = 0.95

// changes finds the figures that both reports have. It judges as benchstat does: medians, the Mann-Whitney U test.
func changes(before, after *Report) []change {
	var all []change
	for _, row := range after.Rows {
		past, ok := before.row(row.ID)
		if !ok || past.Failure != "" || row.Failure != "" {
			continue
		}
		for _, name := range compared {
			old, new := past.values(name), row.values(name)
			if len(old) > 0 && len(new) > 0 {
				all = append(all, compare(row, metricByName(name), old, new))
			}
		}
	}
	return all
}

func compare(row RowReport, m metric, old, new []float64) change {
	thresholds := benchmath.DefaultThresholds
	a := benchmath.NewSample(slices.Clone(old), &thresholds) // a sample sorts what it is given
	b := benchmath.NewSample(slices.Clone(new), &thresholds)
	c := change{row: row.Row, metric: m,
		old: benchmath.AssumeNothing.Summary(a, confidence), new: benchmath.AssumeNothing.Summary(b, confidence),
		test: benchmath.AssumeNothing.Compare(a, b)}
	c.warnings = slices.Concat(c.old.Warnings, c.new.Warnings, c.test.Warnings)
	return c
}

// delta is the change in percent, or "~" when it may be chance.
func (c change) delta() string { return c.test.FormatDelta(c.old.Center, c.new.Center) }

// better says whether a change that is not chance is for the better.
func (c change) better() bool { return (c.new.Center < c.old.Center) == c.metric.lowerIsBetter }

// printChanges writes the change of every row's headline figure, the changes of others that are not chance, and what
// both reports were measured on.
func printChanges(out io.Writer, before, after *Report) error {
	all := changes(before, after)
	var text strings.Builder
	fmt.Fprintf(&text, "\n%s\n%s\n%s\n", bold("changes"), faint("old: "+before.origin()), faint("new: "+after.origin()))
	if before.Machine.CPU != after.Machine.CPU || before.Machine.Cores != after.Machine.Cores {
		text.WriteString("the two were not measured on machines of one kind: only a change of a ratio means something\n")
	}
	if len(all) == 0 {
		text.WriteString("the two reports have no figure in common\n")
		_, err := lipgloss.Fprint(out, text.String())
		return err
	}
	s := section{header: []string{"row", "metric", "old", "new", "change", ""}}
	var warnings []string
	unchanged := 0
	for _, c := range all {
		if c.delta() == "~" && c.metric.name != c.row.Headline {
			unchanged++
			continue
		}
		s.rows = append(s.rows, []string{c.row.ID, c.metric.title, c.side(c.old), c.side(c.new), c.paint(),
			faint(c.test.String())})
		for _, w := range c.warnings {
			warnings = append(warnings, w.Error())
		}
	}
	text.WriteString(s.table() + "\n")
	if unchanged > 0 {
		fmt.Fprintf(&text, "%s\n", faint(fmt.Sprintf("and %d further figures that did not change significantly", unchanged)))
	}
	slices.Sort(warnings)
	for _, w := range slices.Compact(warnings) {
		text.WriteString(faint(w) + "\n")
	}
	_, err := lipgloss.Fprint(out, text.String())
	return err
}

// side is a median with its confidence interval.
func (c change) side(s benchmath.Summary) string {
	return c.metric.format(s.Center) + " ±" + strings.TrimPrefix(s.PctRangeString(), "±")
}

func (c change) paint() string {
	delta := c.delta()
	switch {
	case delta == "~":
		return faint(delta)
	case c.better():
		return lipgloss.NewStyle().Foreground(lipgloss.Green).Render(delta)
	}
	return lipgloss.NewStyle().Foreground(lipgloss.Red).Render(delta)
}
