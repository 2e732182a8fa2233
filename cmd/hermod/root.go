package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"hermod/wire"

	"github.com/spf13/cobra"
)

// Exit codes of every subcommand.
const (
	exitFailure = 1
	exitUsage   = 2
)

// exitError ends the process with a code; without err nothing is printed.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return fmt.Sprintf("exit code %d", e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError is for a caller's mistake; the text names the flag and the remedy.
func usageError(format string, args ...any) error {
	return &exitError{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// run executes one command line and returns the process's exit code. Cancelling ctx stops it the
// way a first SIGTERM does.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	started := false
	root := newRootCommand(&started)
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	code := exitCode(err, started)
	if silent := new(exitError); !errors.As(err, &silent) || silent.err != nil {
		fmt.Fprintf(stderr, "hermod: %v\n", err)
	}
	return code
}

// exitCode: what goes wrong before a command starts is the caller's mistake, and so is a
// configuration that a command finds unusable.
func exitCode(err error, started bool) int {
	var exit *exitError
	var config *wire.ConfigError
	switch {
	case errors.As(err, &exit):
		return exit.code
	case !started, errors.As(err, &config):
		return exitUsage
	}
	return exitFailure
}

// newRootCommand builds the command tree; started is set once a command runs.
func newRootCommand(started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "hermod",
		Short: "Keep bots connected to their relay connector",
		Long: `Hermod keeps bots connected: it holds the link between a gateway (the bot's
logic) and a connector (the owner of the platform's sockets).`,
		Version:       versionText(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usageError("%w; see '%s --help'", err, cmd.CommandPath())
	})
	root.AddCommand(newConfigCommand(), newConnectorCommand(), newDemoCommand(), newPipeCommand(), newRunCommand(), newTokenCommand(), newTopCommand(), newVersionCommand())
	noteStart(root, started)
	return root
}

// noteStart makes every command of the tree report that its flags and arguments were accepted.
func noteStart(cmd *cobra.Command, started *bool) {
	if inner := cmd.RunE; inner != nil {
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			*started = true
			return inner(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		noteStart(sub, started)
	}
}
