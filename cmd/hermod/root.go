package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/cli"
)

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
	if silent := new(cli.ExitError); !errors.As(err, &silent) || silent.Err != nil {
		fmt.Fprintf(stderr, "hermod: %v\n", err)
	}
	return cli.ExitCode(err, started)
}

// newRootCommand builds the command tree; started is set once a command runs.
func newRootCommand(started *bool) *cobra.Command {
	root := &cobra.Command{
		Use:   "hermod",
		Short: "Keep bots connected to their relay connector",
		Long: `Hermod keeps bots connected. It holds the link between a gateway, which runs the
bots' logic, and a connector, which owns the sockets to the platforms.`,
		Version:       versionText(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return cli.UsageError("%w; see '%s --help'", err, cmd.CommandPath())
	})
	root.AddCommand(
		newCheckCommand(),
		newClusterCommand(),
		newConfigCommand(),
		newConnectorCommand(),
		newDeadCommand(),
		newDemoCommand(),
		newLogsCommand(),
		newPipeCommand(),
		newReloadCommand(),
		newRunCommand(),
		newStatusCommand(),
		newTokenCommand(),
		newTopCommand(),
		newVersionCommand(),
	)
	root.AddCommand(newSteeringCommands()...)
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
