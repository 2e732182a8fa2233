package suite

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
)

// measure runs the table.
func (o options) measure(ctx context.Context, cmd *cobra.Command, table []Row) (*Report, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	source := checkout()
	r := &Report{Version: formatVersion, Started: time.Now(), Command: invocation(cmd.Flags()),
		Commit: commit(source), Machine: thisMachine(), Rounds: o.runs}
	if r.Machine.Load > busyLoad {
		fmt.Fprintf(cmd.ErrOrStderr(), "the machine is not idle: its load average is %.2f\n", r.Machine.Load)
	}
	found, err := findClients(ctx, source, self, !o.noBaselines)
	defer found.close()
	if err != nil {
		return nil, err
	}
	table, r.LeftOut = found.available(table)
	run := runner{clients: found, limit: patient(patience), progress: newProgress(cmd.ErrOrStderr(), table, o.runs)}
	switch {
	case o.quick:
		run.enough = func() bool { return time.Since(r.Started) > quickTime }
	case !o.smoke:
		run.most = mostRuns
	}
	rows, absent, err := run.run(ctx, table, o.runs)
	if err != nil {
		return nil, err
	}
	r.Rows, r.LeftOut = rows, append(r.LeftOut, absent...)
	r.Rounds = roundsOf(rows, o.runs)
	for _, g := range goals {
		r.Outcomes = append(r.Outcomes, g.judge(r))
	}
	r.Seconds = time.Since(r.Started).Seconds()
	return r, nil
}

// roundsOf is how many of the rounds that were asked for there was time for.
func roundsOf(rows []RowReport, asked int) int {
	most := 0
	for _, row := range rows {
		most = max(most, len(row.Runs))
	}
	return min(most, asked)
}

// finish writes the report and shows it.
func (o options) finish(cmd *cobra.Command, r, before *Report) error {
	files, err := render(r)
	if err != nil {
		return err
	}
	out := cmd.OutOrStdout()
	if o.smoke {
		fmt.Fprintln(cmd.ErrOrStderr(), "this was a smoke run: its figures mean nothing")
	}
	if folder := o.folder(); folder == "" {
		fmt.Fprintln(cmd.ErrOrStderr(), "only a part of the table ran: the report is not written; --out FOLDER writes it")
	} else if err := save(folder, files); err != nil {
		return err
	} else {
		fmt.Fprintf(cmd.ErrOrStderr(), "the report is in %s\n", folder)
	}
	if before != nil {
		if err := printChanges(out, before, r); err != nil {
			return err
		}
	}
	if err := printReport(out, r); err != nil {
		return err
	}
	if r.failed() {
		return ErrRowFailed
	}
	return nil
}

// folder of the report; "" if it is not written.
func (o options) folder() string {
	switch source := checkout(); {
	case o.out != "":
		return o.out
	case o.quick || o.smoke || o.noBaselines || o.rows != "":
		return ""
	case source != "":
		return filepath.Join(source, "bench", "results")
	}
	return "hermod-bench"
}
