package suite

import (
	"fmt"
	"io"
	"os"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// newProgress is a bar on a terminal, and lines elsewhere.
func newProgress(out io.Writer, table []Row, rounds int) progress {
	if f, ok := out.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		return newBar(f, table, rounds)
	}
	return log{out, rounds}
}

// bar shows progress on a terminal.
type bar struct {
	out    io.Writer
	rounds int
	bar    *progressbar.ProgressBar
}

func newBar(out io.Writer, table []Row, rounds int) *bar {
	runs := 0
	for _, row := range table {
		runs += row.rounds(rounds)
	}
	return &bar{out: out, rounds: rounds, bar: newProgressBar(out, runs)}
}

func newProgressBar(out io.Writer, runs int) *progressbar.ProgressBar {
	return progressbar.NewOptions(runs,
		progressbar.OptionSetWriter(out), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true),
		progressbar.OptionSetWidth(24), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(50*time.Millisecond),
		progressbar.OptionSetTheme(progressbar.Theme{Saucer: "━", SaucerHead: "━", SaucerPadding: "─"}))
}

func (b *bar) begin(row Row, round int) {
	if round >= b.rounds && b.bar.IsFinished() {
		b.bar = newProgressBar(b.out, 1) // a run beyond those that were planned
	}
	b.bar.Describe(fmt.Sprintf("%s  %-30s", roundName(round, b.rounds), row.ID))
}

func (b *bar) finish(row Row, round int, run Run, err error) {
	switch rest := max(1, row.rounds(b.rounds)-round); {
	case err != nil:
		_ = b.bar.Clear()
		fmt.Fprintf(b.out, "%s failed: %v\n", row.ID, err)
		_ = b.bar.Add(rest) // the row's later runs are left out
	case run.Client.Absent != "":
		_ = b.bar.Add(rest)
	default:
		_ = b.bar.Add(1)
	}
}

func (b *bar) end() { _ = b.bar.Clear() }

// log shows progress where there is no terminal, as one line per run.
type log struct {
	out    io.Writer
	rounds int
}

func (log) begin(Row, int) {}

func (l log) finish(row Row, round int, run Run, err error) {
	prefix := fmt.Sprintf("%s  %-30s ", roundName(round, l.rounds), row.ID)
	switch {
	case err != nil:
		fmt.Fprintf(l.out, "%sfailed: %v\n", prefix, err)
	case run.Client.Absent != "":
		fmt.Fprintf(l.out, "%sleft out: %s\n", prefix, run.Client.Absent)
	default:
		fmt.Fprintf(l.out, "%s%s\n", prefix, metricByName(row.Headline).format(run.Client.Metrics[row.Headline]))
	}
}

func (log) end() {}

// roundName tells a round that was planned from one that repeats rows that were not steady.
func roundName(round, planned int) string {
	if round >= planned {
		return fmt.Sprintf("round %d, again", round+1)
	}
	return fmt.Sprintf("round %d of %d", round+1, planned)
}
