package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hermod/bench/workload"
)

// UsageError is a wrong command line. It names the flag and says what to do.
type UsageError struct{ text string }

func (e *UsageError) Error() string { return e.text }

// ErrRowFailed means that the table ran and at least one of its rows failed.
var ErrRowFailed = errors.New("a row failed")

// options are the flags.
type options struct {
	rows            string
	runs            int
	seconds, warmUp float64
	out, compare    string
	quick, smoke    bool
	noBaselines     bool
}

// NewCommand makes the command "bench". Its RunE returns a *UsageError for flags that make no sense, ErrRowFailed after
// a table with a row that failed, and other errors if the program could not continue. If HERMOD_BENCH_WORKER is set,
// the process is only a worker.
func NewCommand() *cobra.Command { return newCommand(new(options)) }

func newCommand(o *options) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure throughput, latency and memory, against other clients",
		Long: `Run the table of benchmarks: every load through Hermod and through other clients of
the same protocol, each run in two processes of its own, client and load generator.
A figure is the median of interleaved runs. The last lines are the goals.

The whole table is written to bench/results as JSON, Markdown and charts. A part of
it (--rows, --quick, --smoke, --no-baselines) is written only to a folder that --out
names. Baselines that are not part of this program are built from its source: run
inside a checkout, with Go at hand. The Python client needs python3-websockets.

It exits with 1 if a row failed, and with 0 otherwise, whether goals are met or not.`,
		Args: func(cmd *cobra.Command, args []string) error {
			if os.Getenv(workerVariable) != "" {
				return nil
			}
			return cobra.NoArgs(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if os.Getenv(workerVariable) != "" {
				if code := workload.Main(args, cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()); code != 0 {
					return fmt.Errorf("the worker failed with code %d", code)
				}
				return nil
			}
			return o.run(cmd)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.rows, "rows", "", "run only the rows whose name (scenario/client) matches this regular expression")
	flags.IntVar(&o.runs, "runs", 5, "runs of each row")
	flags.Float64Var(&o.seconds, "seconds", 0.6, "measured time of a run")
	flags.Float64Var(&o.warmUp, "warm-up", 0.15, "time before it")
	flags.StringVar(&o.out, "out", "", "folder of the report (default bench/results of the checkout, or hermod-bench here)")
	flags.StringVar(&o.compare, "compare", "", "show what changed since this results.json, and whether it may be chance")
	flags.BoolVar(&o.quick, "quick", false, "run only rows of the goals, shorter, and as often as there is time: less than a minute")
	flags.BoolVar(&o.smoke, "smoke", false, "run every row once, very small: shows that the program works and measures nothing")
	flags.BoolVar(&o.noBaselines, "no-baselines", false, "leave out the clients that are not part of this program")
	cmd.MarkFlagsMutuallyExclusive("quick", "smoke")
	return cmd
}

// Sizes of the shorter ways to run.
var (
	quickScale = scale{seconds: 0.2, warmUp: 0.1, slowRounds: 1, rest: 1, brief: true}
	smokeScale = scale{seconds: 0.05, warmUp: 0.02, relays: 20, rest: 0.1}
)

// quickTime is after which --quick starts no more runs, so that it ends within a minute on a busy machine, too.
const quickTime = 40 * time.Second

// patience is how much longer than its measured time a run may take. Opening 10,000 connections takes a while.
const patience = 60 * time.Second

func (o *options) run(cmd *cobra.Command) error {
	flags := cmd.Flags()
	keep, err := o.filter()
	if err != nil {
		return err
	}
	if o.runs < 1 || o.seconds <= 0 || o.warmUp < 0 {
		return &UsageError{"--runs and --seconds must be more than 0, and --warm-up not less"}
	}
	var before *Report
	if o.compare != "" {
		if before, err = readReport(o.compare); err != nil {
			return &UsageError{"--compare: " + err.Error()}
		}
	}
	s := o.scale(flags)
	table := rows(s, cores(), keep)
	if len(table) == 0 {
		return &UsageError{fmt.Sprintf("--rows %q matches no row", o.rows)}
	}

	ctx, restore := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
	defer restore()
	defer context.AfterFunc(ctx, restore)() // a second signal ends the program at once
	report, err := o.measure(ctx, cmd, table)
	if err != nil {
		if ctx.Err() != nil {
			return errors.New("stopped; nothing was written")
		}
		return err
	}
	return o.finish(cmd, report, before)
}

// filter is which rows run.
func (o options) filter() (func(id string) bool, error) {
	pattern, err := regexp.Compile(o.rows)
	if err != nil {
		return nil, &UsageError{"--rows: " + err.Error()}
	}
	wanted := goalRows()
	return func(id string) bool { return pattern.MatchString(id) && (!o.quick || wanted[id]) }, nil
}

// scale of the runs. An explicit flag overrides what --quick and --smoke set.
func (o *options) scale(flags *pflag.FlagSet) scale {
	s := scale{seconds: o.seconds, warmUp: o.warmUp}
	preset, given := quickScale, o.quick
	if o.smoke {
		preset, given = smokeScale, true
		if !flags.Changed("runs") {
			o.runs = 1
		}
	}
	if !given {
		return s
	}
	if flags.Changed("seconds") {
		preset.seconds = o.seconds
	}
	if flags.Changed("warm-up") {
		preset.warmUp = o.warmUp
	}
	return preset
}
