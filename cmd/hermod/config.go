package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/budget"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/daemon"
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
		Short: "List every mistake in a configuration file",
		Long: `Check a configuration file as 'hermod run' would in this environment: its keys and
values, the secrets and certificates that it names, the programs that it runs, and
whether this user may write the state folder, by a file that is removed again; a note
says if open files or memory do not suffice under the limits of this shell. No
connection is made. FILE may be a pipe, and - is standard input; paths in it are then
relative to the working directory. Files that it includes are checked, too. Each mistake
is one line on standard error:

  FILE:LINE:COLUMN: KEY: what is wrong; what to do

The exit code is 0 if the file can be used, and 2 if not.`,
		Example: "  hermod config check hermod.yaml\n  envsubst < hermod.yaml.in | hermod config check -",
		Args:    oneArgument("a configuration file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := args[0]
			if name == "-" {
				name = "standard input"
			}
			cfg, err := loadChecked(cmd, args[0], name)
			if err == nil {
				err = checkState(name, cfg)
			}
			if err != nil {
				return reportInvalid(cmd, err)
			}
			for _, note := range slices.Concat(cfg.Notes, shortages(cfg)) {
				fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", note)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s can run\n", name, cli.Count(len(cfg.Bots), "bot"))
			return err
		},
	}
}

// shortages are what the daemon would lack if it ran here, under the same limits.
func shortages(cfg *config.Config) []string {
	limits, err := budget.Read()
	if err != nil {
		return []string{err.Error()}
	}
	return budget.Make(limits, budget.DemandOf(cfg), runtime.GOMAXPROCS(0)).Shortages()
}

// loadChecked reads the file, or standard input, which name stands for.
func loadChecked(cmd *cobra.Command, file, name string) (*config.Config, error) {
	if file == "-" {
		return config.LoadFrom(name, cmd.InOrStdin(), os.Environ())
	}
	return config.Load(file, os.Environ())
}

// checkState finds a state folder in which credentials could not be kept, before a connector issues some.
func checkState(path string, cfg *config.Config) error {
	if cfg.State == "" {
		return nil
	}
	err := daemon.CheckState(cfg.State)
	if err == nil {
		return nil
	}
	return &config.InvalidError{Problems: []config.Problem{{At: config.Position{File: path}, Key: "state",
		Wrong: "names a folder that cannot be written: " + err.Error(), Remedy: "make it writable for the user that runs the daemon"}}}
}

func newConfigSchemaCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the JSON Schema of the configuration file",
		Long: `Print the JSON Schema of the configuration file. Editors use it to complete keys and
mark mistakes. Put this line at the top of the file:

  # yaml-language-server: $schema=./hermod.schema.json`,
		Example: "  hermod config schema > hermod.schema.json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(config.Schema())
			return err
		},
	}
}

// reportInvalid prints each mistake in a configuration and returns a usage error. Other errors are returned as they
// are.
func reportInvalid(cmd *cobra.Command, err error) error {
	var invalid *config.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	for _, problem := range invalid.Problems {
		fmt.Fprintln(cmd.ErrOrStderr(), problem)
	}
	return &cli.ExitError{Code: cli.ExitUsage, Err: errors.New(cli.Count(len(invalid.Problems), "mistake") + " in the configuration")}
}
