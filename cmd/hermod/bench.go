package main

import (
	"errors"

	"github.com/spf13/cobra"

	"hermod/bench/suite"
)

// newBenchCommand is the benchmark program, as a subcommand.
func newBenchCommand() *cobra.Command {
	cmd := suite.NewCommand()
	inner := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		err := inner(cmd, args)
		if usage := new(suite.UsageError); errors.As(err, &usage) {
			return &exitError{code: exitUsage, err: err}
		}
		return err
	}
	return cmd
}
