package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/problem"
	"hermod/cmd/hermod/internal/remote"
)

const reloadHelp = `Have a running daemon read its configuration again, and say what changed. Added bots
start, removed ones drain and end, changed ones drain and start again, all others keep
their connections. The command returns when the new configuration is in force; bots may
still be draining and dialling, which 'hermod status' shows.

With --dry-run nothing is changed: the output says what would be. A configuration with
mistakes changes nothing; each is one line on standard error, as 'hermod config check'
prints it, and the exit code is 2.

` + remoteExitCodes

func newReloadCommand() *cobra.Command {
	var flags remoteFlags
	var dryRun bool
	cmd := &cobra.Command{
		Use:     "reload",
		Short:   "Have a daemon read its configuration again; --dry-run says what that would change",
		Long:    reloadHelp,
		Example: "  hermod reload --dry-run\n  hermod reload\n  hermod reload --json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			daemon, err := flags.connect()
			if err != nil {
				return err
			}
			done, err := remote.Read[client.Reload](daemon.Reload(cmd.Context(), &client.ReloadParams{DryRun: &dryRun}))
			if err != nil {
				return reportMistakes(cmd, flags.json, err)
			}
			if flags.json {
				return printJSON(cmd, done)
			}
			return printReload(cmd.OutOrStdout(), done)
		},
	}
	flags.addJSON(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "change nothing, say what would change")
	return cmd
}

// reportMistakes prints those that the daemon found in its configuration. Other errors are returned as they are.
func reportMistakes(cmd *cobra.Command, asJSON bool, err error) error {
	told := new(problem.Problem)
	var mistakes []client.Mistake
	if !errors.As(err, &told) || json.Unmarshal(told.Mistakes, &mistakes) != nil || len(mistakes) == 0 {
		return err
	}
	if asJSON {
		if err := printJSON(cmd, map[string]any{"mistakes": mistakes}); err != nil {
			return err
		}
	}
	for _, m := range mistakes {
		parts := slices.DeleteFunc([]string{m.Place, m.Key, m.Wrong}, func(part string) bool { return part == "" })
		fmt.Fprintf(cmd.ErrOrStderr(), "%s; %s\n", strings.Join(parts, ": "), m.Remedy)
	}
	return &cli.ExitError{Code: cli.ExitUsage,
		Err: errors.New(cli.Count(len(mistakes), "mistake") + " in the configuration; nothing was changed")}
}

// printReload says first what each bot does, then what else differs.
func printReload(out io.Writer, r client.Reload) error {
	var text strings.Builder
	for _, bot := range r.Added {
		fmt.Fprintf(&text, "+ %s starts\n", bot)
	}
	for _, bot := range r.Removed {
		fmt.Fprintf(&text, "- %s drains and ends\n", bot)
	}
	for _, change := range r.Changed {
		fmt.Fprintf(&text, "~ %s drains and starts again: %s\n", change.Bot, cli.FirstSet(strings.Join(change.Keys, ", "), "what it refers to"))
	}
	for _, key := range r.Settings {
		if slices.Contains(r.Restart, key) {
			fmt.Fprintf(&text, "! %s waits for a restart of the daemon\n", key)
		} else {
			fmt.Fprintf(&text, "~ %s\n", key)
		}
	}
	for _, note := range r.Notes {
		fmt.Fprintf(&text, "note: %s\n", note)
	}
	would := ""
	if r.DryRun {
		would = "nothing was changed; a reload would have "
	}
	fmt.Fprintf(&text, "%s%d added, %d removed, %d changed, %d unchanged\n", would, len(r.Added), len(r.Removed), len(r.Changed), r.Unchanged)
	_, err := io.WriteString(out, text.String())
	return err
}
