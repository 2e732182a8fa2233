package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hermod/check"
	"hermod/cmd/hermod/internal/cli"
)

const checkHelp = `Ask a connector or a gateway whether it keeps the protocol. Each rule that can be seen
from outside is a check with a name, and is ok, broken (with what was expected, sent and
seen) or not applicable (with the reason).

Exit codes: 0 nothing is broken, 1 a check found something broken, 2 the command was used
wrongly or nothing could be checked.`

func newCheckCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check",
		Short: "Check whether a connector or a gateway keeps the protocol",
		Long:  checkHelp,
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newCheckConnectorCommand(), newCheckGatewayCommand(), newCheckListCommand())
	return cmd
}

// checkFlags are the flags that both kinds of checks have.
type checkFlags struct {
	options   check.Options
	gatewayID string
	json      bool
	junit     string
}

func (f *checkFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.options.Only, "only", nil, "run the checks that match this `PATTERN` only, for example 'auth.*'; repeatable")
	flags.StringArrayVar(&f.options.Skip, "skip", nil, "leave out the checks that match this `PATTERN`; repeatable")
	flags.BoolVar(&f.options.Slow, "slow", false, "also run the checks that wait for long, such as for keepalives")
	flags.BoolVar(&f.json, "json", false, "print the report as JSON, at the end")
	flags.StringVar(&f.junit, "junit", "", "also write the report to this `FILE`, as JUnit XML")
}

// untilInterrupted is the context of checks: an interrupt ends it. It has to be there before anything that an interrupt
// must not leave behind.
func untilInterrupted(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	return signal.NotifyContext(cmd.Context(), syscall.SIGTERM, os.Interrupt)
}

// run runs the suite until ctx ends, prints what it finds, and turns that into the exit code.
func (f *checkFlags) run(ctx context.Context, cmd *cobra.Command, name string, suite *check.Suite) error {
	if err := suite.Validate(f.options); err != nil {
		return cli.UsageError("--only or --skip: %w", err)
	}
	junit, err := f.openJUnit()
	if err != nil {
		return err
	}
	screen := newCheckScreen(cmd.OutOrStdout())
	if !f.json {
		f.options.Each = screen.result
	}
	report := suite.Run(ctx, f.options)
	if f.json {
		err = printJSON(cmd, jsonReport(report))
	} else {
		screen.summary(report)
	}
	if junit != nil {
		err = errors.Join(err, report.WriteJUnit(junit, "hermod check "+name), junit.Close())
	}
	return errors.Join(err, checkVerdict(ctx, report))
}

// openJUnit creates the file before the checks run, so that a mistake shows at once.
func (f *checkFlags) openJUnit() (*os.File, error) {
	if f.junit == "" {
		return nil, nil
	}
	file, err := os.Create(f.junit)
	if err != nil {
		return nil, cli.UsageError("--junit: %w; name a file that can be written", err)
	}
	return file, nil
}

// checkVerdict is the error that gives the exit code.
func checkVerdict(ctx context.Context, report check.Report) error {
	switch {
	case ctx.Err() != nil:
		return cli.UsageError("the checks were stopped before their end")
	case report.Count(check.OK) == 0 && reached(report) != nil:
		return reached(report)
	case report.Count(check.Broken) > 0:
		return &cli.ExitError{Code: cli.ExitFailure}
	}
	return nil
}

// reached says that the peer was not there at all.
func reached(report check.Report) error {
	for _, r := range report.Results {
		if r.Verdict == check.Broken && (r.Name == "dial.upgrade" || r.Name == "dial.arrives") {
			return cli.UsageError("nothing could be checked: %s", r.Reason)
		}
	}
	if report.Count(check.Broken) == 0 {
		return cli.UsageError("nothing could be checked: no check of these is applicable")
	}
	return nil
}

func newCheckListCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "Print every check with the section of its rule",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			connector, gateway := check.List()
			screen := newCheckScreen(cmd.OutOrStdout())
			screen.list("connector", connector)
			_, err := fmt.Fprintln(cmd.OutOrStdout())
			screen.list("gateway", gateway)
			return err
		},
	}
}
