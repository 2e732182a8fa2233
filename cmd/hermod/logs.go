package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
)

// logLevels are the levels of the log; resetLevel goes back to what is configured.
var logLevels = []string{"debug", "info", "warn", "error"}

const resetLevel = "reset"

const logsLevelHelp = `Show the levels of a running daemon's log, or set one: of the whole daemon, or with
--bot of a single bot, whose lines at debug tell every step of its connections. A level
that is set survives reloads and ends by itself, after --for (1h, at most 24h); the word
reset ends it now. At most 100 bots have a level of their own at a time.

` + remoteExitCodes

func newLogsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Change what a running daemon logs",
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newLogsLevelCommand())
	return cmd
}

func newLogsLevelCommand() *cobra.Command {
	var flags remoteFlags
	var bot string
	var lasts time.Duration
	cmd := &cobra.Command{
		Use:   "level [debug|info|warn|error|reset]",
		Short: "Show or set the level of a daemon's log, or of one bot's lines",
		Long:  logsLevelHelp,
		Example: `  hermod logs level
  hermod logs level debug --bot support --for 10m
  hermod logs level reset --bot support
  hermod logs level warn --for 8h`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: append(slices.Clone(logLevels), resetLevel),
		RunE: func(cmd *cobra.Command, args []string) error {
			order := levelOrder{bot: bot, seconds: int(lasts / time.Second)}
			if len(args) > 0 {
				order.level = args[0]
			}
			if err := order.check(); err != nil {
				return err
			}
			daemon, err := flags.connect()
			if err != nil {
				return err
			}
			levels, err := order.give(cmd.Context(), daemon)
			if err != nil {
				return err
			}
			if flags.json {
				return printJSON(cmd, levels)
			}
			return printLevels(cmd.OutOrStdout(), levels, time.Now())
		},
	}
	flags.addJSON(cmd)
	cmd.Flags().StringVar(&bot, "bot", "", "the level of this `BOT`'s lines")
	cmd.Flags().DurationVar(&lasts, "for", time.Hour, "how long the level lasts, at most 24h")
	_ = cmd.RegisterFlagCompletionFunc("bot", flags.completeBots)
	return cmd
}

// levelOrder is what a user wants of the levels; no level is to see them.
type levelOrder struct {
	level, bot string
	seconds    int
}

func (o levelOrder) check() error {
	switch {
	case o.level != "" && o.level != resetLevel && !slices.Contains(logLevels, o.level):
		return cli.UsageError("%.40q is no level; use %s or %s", o.level, strings.Join(logLevels, ", "), resetLevel)
	case o.level == "" && o.bot != "":
		return cli.UsageError("--bot needs a level; use %s or %s", strings.Join(logLevels, ", "), resetLevel)
	case o.seconds < 1 || o.seconds > int(24*time.Hour/time.Second):
		return cli.UsageError("--for is not from 1s to 24h; write for example --for 10m")
	}
	return nil
}

func (o levelOrder) give(ctx context.Context, d *remote.Daemon) (client.LogLevels, error) {
	if o.bot != "" {
		bots, err := d.Bots(ctx)
		if err != nil {
			return client.LogLevels{}, err
		}
		if _, err := remote.Choose(bots, []string{o.bot}); err != nil {
			return client.LogLevels{}, err
		}
	}
	return remote.Read[client.LogLevels](o.request(ctx, d))
}

func (o levelOrder) request(ctx context.Context, d *remote.Daemon) (*http.Response, error) {
	body := client.LogLevel{Level: client.LogLevelLevel(o.level), Seconds: &o.seconds}
	switch {
	case o.level == "":
		return d.GetLogLevels(ctx)
	case o.level == resetLevel && o.bot == "":
		return d.ResetLogLevel(ctx)
	case o.level == resetLevel:
		return d.ResetBotLogLevel(ctx, o.bot)
	case o.bot == "":
		return d.SetLogLevel(ctx, body)
	}
	return d.SetBotLogLevel(ctx, o.bot, body)
}

func printLevels(out io.Writer, levels client.LogLevels, now time.Time) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "LOG OF\tLEVEL\tENDS")
	ends := "as configured"
	if levels.Until != nil {
		ends = fmt.Sprintf("%s, then %s", until(levels.Until, now), levels.Configured)
	}
	fmt.Fprintf(table, "the daemon\t%s\t%s\n", levels.Level, ends)
	for _, bot := range levels.Bots {
		fmt.Fprintf(table, "bot %s\t%s\t%s\n", bot.Bot, bot.Level, until(&bot.Until, now))
	}
	return table.Flush()
}
