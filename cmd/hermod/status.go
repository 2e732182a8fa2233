package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"hermod/actors"
	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
	"hermod/cmd/hermod/internal/terminal"
)

// maxStatusLines is how many bots the table has unless --all asks for more.
const maxStatusLines = 20

const statusHelp = `Show how the bots of a running daemon are: those in trouble first, at most 20 lines
unless --all is given. BOT is a name or a pattern, for example 'eu-*'.

The exit code is 0 if every bot that was asked for is well: it is connected or sleeps
and its deliveries are taken, or it is off because the configuration or an operator says
so. It is 1 if a bot is not, or if the last reload failed.

Of a daemon in a cluster, the bots of all nodes are shown, and the nodes. A node that does
not answer is silent, and its bots are unknown.

` + remoteExitCodes

// statusReport is what --json prints.
type statusReport struct {
	Healthy bool          `json:"healthy"`
	Daemon  client.Daemon `json:"daemon"`
	Bots    []client.Bot  `json:"bots"`
}

func newStatusCommand() *cobra.Command {
	var flags remoteFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "status [BOT…]",
		Short: "Show how the bots of a daemon are; the exit code says whether all are well",
		Long:  statusHelp,
		Example: `  hermod status
  hermod status support 'eu-*'
  hermod status --json | jq -r '.bots[] | select(.state != "ready") | .name'
  hermod status >/dev/null || echo "something is wrong"`,
		ValidArgsFunction: flags.completeBots,
		RunE: func(cmd *cobra.Command, args []string) error {
			report, err := readStatus(cmd, &flags, args)
			if err != nil {
				return err
			}
			if flags.json {
				err = printJSON(cmd, report)
			} else {
				limit := maxStatusLines
				if all || len(args) > 0 {
					limit = len(report.Bots)
				}
				err = report.print(cmd.OutOrStdout(), limit, time.Now())
			}
			if err == nil && !report.Healthy {
				err = &cli.ExitError{Code: cli.ExitFailure}
			}
			return err
		},
	}
	flags.addJSON(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "list every bot")
	return cmd
}

func readStatus(cmd *cobra.Command, flags *remoteFlags, args []string) (*statusReport, error) {
	daemon, err := flags.connect()
	if err != nil {
		return nil, err
	}
	report := new(statusReport)
	if report.Daemon, err = remote.Read[client.Daemon](daemon.GetDaemon(cmd.Context())); err != nil {
		return nil, err
	}
	if report.Bots, err = daemon.Bots(cmd.Context()); err != nil {
		return nil, err
	}
	if len(args) > 0 {
		if report.Bots, err = remote.Choose(report.Bots, args); err != nil {
			return nil, err
		}
	}
	inTrouble := func(b client.Bot) bool { return remote.Trouble(b) != "" }
	report.Healthy = report.Daemon.ConfigError == "" && !slices.ContainsFunc(report.Bots, inTrouble)
	return report, nil
}

// print writes a table of at most so many bots, those in trouble first, and the totals of all.
func (r *statusReport) print(out io.Writer, limit int, now time.Time) error {
	bots := slices.Clone(r.Bots)
	slices.SortStableFunc(bots, func(a, b client.Bot) int { return cmp.Compare(rank(a), rank(b)) })
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	node := r.nodeColumn()
	if len(bots) > 0 {
		fmt.Fprintf(table, "BOT\t%sSTATE\tSINCE\tNEXT DIAL\tTROUBLE\n", node(nodeTitle))
	}
	for _, b := range bots[:min(limit, len(bots))] {
		fmt.Fprintf(table, "%s\t%s%s %s\t%s\t%s\t%s\n", b.Name, node(nodeOf(b)), terminal.StateSign(actors.State(b.State)), stateWord(b),
			ago(b.Since, now), until(b.NextDial, now), troubleLine(b))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if more := len(bots) - limit; more > 0 {
		fmt.Fprintf(out, "… and %s; --all lists them\n", cli.Count(more, "more bot"))
	}
	if err := r.printNodes(out); err != nil {
		return err
	}
	return r.printTotals(out)
}

func (r *statusReport) printTotals(out io.Writer) error {
	counts := make(map[string]int)
	for _, b := range r.Bots {
		counts[string(b.PlatformState)]++
	}
	line := cli.Count(len(r.Bots), "bot")
	if len(counts) > 0 {
		line += ": " + countsLine(counts)
	}
	if r.Daemon.Stopping {
		line += "; the daemon is stopping"
	}
	_, err := fmt.Fprintln(out, line)
	if displaced := r.displaced(); displaced != "" {
		_, err = fmt.Fprintf(out, "the connector gave the place to another session of: %s\n", displaced)
	}
	if r.Daemon.ConfigError != "" {
		_, err = fmt.Fprintf(out, "the last reload changed nothing:\n%s\n", r.Daemon.ConfigError)
	}
	return err
}

func countsLine(counts map[string]int) string {
	var parts []string
	for _, state := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%d %s", counts[state], state))
	}
	return strings.Join(parts, ", ")
}

// maxDisplaced is how many bots are named that other sessions took the place of.
const maxDisplaced = 5

// displaced names the bots whose sessions the connector ended in favour of others, since their start, the worst first.
func (r *statusReport) displaced() string {
	bots := slices.DeleteFunc(slices.Clone(r.Bots), func(b client.Bot) bool { return b.Counters.Displaced == 0 })
	slices.SortStableFunc(bots, func(a, b client.Bot) int {
		return cmp.Compare(b.Counters.Displaced, a.Counters.Displaced)
	})
	var named []string
	for _, b := range bots[:min(maxDisplaced, len(bots))] {
		named = append(named, fmt.Sprintf("%s (%s)", b.Name, cli.Count(b.Counters.Displaced, "time")))
	}
	if more := len(bots) - len(named); more > 0 {
		named = append(named, cli.Count(more, "more bot"))
	}
	return terminal.Printable(strings.Join(named, ", "))
}

// rank puts bots in trouble first, then those that are off.
func rank(b client.Bot) int {
	switch {
	case remote.Trouble(b) != "":
		return 0
	case b.PlatformState == client.BotPlatformStateDisabled:
		return 1
	}
	return 2
}

// stateWord is the state, with why a bot is off.
func stateWord(b client.Bot) string {
	if b.Cause != nil && *b.Cause != "" {
		return fmt.Sprintf("%s (%s)", b.State, *b.Cause)
	}
	return string(b.State)
}

func troubleLine(b client.Bot) string {
	line := remote.Trouble(b)
	if remedy := remote.Remedy(b); remedy != "" {
		line += " ▸ " + remedy
	}
	return terminal.Printable(line)
}

func ago(since *time.Time, now time.Time) string {
	if since == nil {
		return ""
	}
	return shortDuration(now.Sub(*since)) + " ago"
}

func until(due *time.Time, now time.Time) string {
	if due == nil {
		return ""
	}
	return "in " + shortDuration(due.Sub(now))
}

// shortDuration has two units at most.
func shortDuration(d time.Duration) string {
	d = max(0, d).Round(time.Second)
	switch {
	case d >= 48*time.Hour:
		return fmt.Sprintf("%dd", d/(24*time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}
