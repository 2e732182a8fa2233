package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/config"
)

func newConfigCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Check the daemon's configuration, or print its schema",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newConfigCheckCommand(), newConfigSchemaCommand())
	return cmd
}

func newConfigCheckCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "check FILE",
		Short: "Say everything that is wrong with a configuration file",
		Long: `Check a configuration file as 'hermod run' would, under this environment: its keys
and values, the secrets and certificates that it names, the programs that it runs.
Nothing is dialled. Each mistake is one line on standard error:

  FILE:LINE:COLUMN: KEY: what is wrong; what to do

Exit code 0 when the file can be used, 2 when it cannot.`,
		Example: "  hermod config check hermod.yaml",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			cfg, err := config.Load(args[0], os.Environ())
			if err != nil {
				return reportInvalid(cmd, err)
			}
			for _, note := range cfg.Notes {
				fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", note)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s can run\n", args[0], counted(len(cfg.Bots), "bot"))
			return err
		},
	}
}

func newConfigSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration file",
		Long: `Print the JSON Schema of the configuration file. Editors that know it complete keys
and mark mistakes; put this line on top of the file:

  # yaml-language-server: $schema=./hermod.schema.json`,
		Example: "  hermod config schema > hermod.schema.json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.Schema())
			return err
		},
	}
}

// reportInvalid prints each mistake of a configuration, and makes it the caller's.
func reportInvalid(cmd *cobra.Command, err error) error {
	var invalid *config.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	for _, problem := range invalid.Problems {
		fmt.Fprintln(cmd.ErrOrStderr(), problem)
	}
	return &cli.ExitError{Code: cli.ExitUsage, Err: errors.New(counted(len(invalid.Problems), "mistake") + " in the configuration")}
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
