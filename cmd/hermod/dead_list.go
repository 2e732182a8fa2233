package main

import (
	"bytes"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	json "github.com/goccy/go-json"
	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
	"hermod/cmd/hermod/internal/terminal"
)

// maxDeadLines is how many dead letters the table has unless --all asks for more.
const maxDeadLines = 20

// maxCauseColumns is how much of a cause a line of the table shows.
const maxCauseColumns = 90

func newDeadListCommand() *cobra.Command {
	var flags deadFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List deliveries that failed for good, the newest first",
		Long:  "List deliveries that failed for good, the newest first: at most 20 unless --all is given.\n\n" + deadHelp,
		Example: `  hermod dead list --bot support
  hermod dead list --all --json | jq -r '.dead_letters[] | select(.cause | test("422")) | .id'`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			daemon, err := flags.connect()
			if err != nil {
				return err
			}
			limit := maxDeadLines
			if all {
				limit = 1 << 30
			}
			listed := client.DeadLetters{DeadLetters: []client.DeadLetter{}}
			err = flags.eachLetter(cmd.Context(), daemon, func(page *client.DeadLetters) bool {
				page.DeadLetters = append(listed.DeadLetters, page.DeadLetters...)
				if listed = *page; len(listed.DeadLetters) > limit {
					listed.DeadLetters = listed.DeadLetters[:limit]
				}
				return len(listed.DeadLetters) < limit
			})
			switch {
			case err != nil:
				return err
			case flags.json:
				listed.Next = nil
				return printJSON(cmd, listed)
			}
			return printLetters(cmd.OutOrStdout(), listed, time.Now())
		},
	}
	flags.addJSON(cmd)
	flags.addBot(cmd, "only those of this `BOT`")
	cmd.Flags().BoolVar(&all, "all", false, "list every dead letter")
	return cmd
}

// printLetters writes a table of letters, and how many there are in all.
func printLetters(out io.Writer, listed client.DeadLetters, now time.Time) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if len(listed.DeadLetters) > 0 {
		fmt.Fprintln(table, "ID\tBOT\tFAILED\tTRIES\tCAUSE")
	}
	for _, l := range listed.DeadLetters {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\n", terminal.Printable(l.Id), l.Bot, ago(&l.Last, now), l.Tries,
			shorten(terminal.Printable(l.Cause), maxCauseColumns))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	line := cli.Count(listed.Total, "dead letter")
	if shown := len(listed.DeadLetters); shown < listed.Total {
		line = fmt.Sprintf("%d of %s; --all lists them", shown, line)
	}
	if listed.Total > 0 && !listed.Durable {
		line += "; they are forgotten when the daemon ends, since it has no state folder"
	}
	_, err := fmt.Fprintln(out, line)
	return err
}

func shorten(text string, columns int) string {
	if runes := []rune(text); len(runes) > columns {
		return string(runes[:columns-1]) + "…"
	}
	return text
}

func newDeadShowCommand() *cobra.Command {
	var flags deadFlags
	cmd := &cobra.Command{
		Use:     "show ID",
		Short:   "Show one delivery that failed for good",
		Long:    "Show one delivery that failed for good: why, how often and since when, and the record that its\nreceiver gets.\n\n" + remoteExitCodes,
		Example: "  hermod dead show evt_0123456789abcdef0123456789abcdef\n  hermod dead show evt_0123456789abcdef0123456789abcdef --json | jq .record",
		Args:    oneArgument("the ID of a delivery"),
		RunE: func(cmd *cobra.Command, args []string) error {
			daemon, err := flags.connect()
			if err != nil {
				return err
			}
			l, err := remote.Read[json.RawMessage](daemon.GetDeadLetter(cmd.Context(), args[0]))
			if err != nil {
				return err
			}
			if flags.json {
				return printJSON(cmd, l)
			}
			return printLetter(cmd.OutOrStdout(), l)
		},
	}
	flags.addJSON(cmd)
	return cmd
}

// printLetter writes what is said of a letter, and its record on lines of its own.
func printLetter(out io.Writer, text json.RawMessage) error {
	var l struct {
		client.DeadLetter
		Record json.RawMessage `json:"record"`
	}
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "id\t%s\nbot\t%s\nkind\t%s\ncause\t%s\ntries\t%d\n", terminal.Printable(l.Id), l.Bot, l.Kind,
		terminal.Printable(l.Cause), l.Tries)
	fmt.Fprintf(table, "first\t%s\nlast\t%s\n", l.First.Format(time.RFC3339), l.Last.Format(time.RFC3339))
	if l.SessionKey != nil {
		fmt.Fprintf(table, "session\t%s\n", terminal.Printable(*l.SessionKey))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var record bytes.Buffer
	if err := json.Indent(&record, l.Record, "", "  "); err != nil {
		return fmt.Errorf("read the daemon's answer: %w", err)
	}
	for line := range bytes.Lines(append(record.Bytes(), '\n')) {
		text := bytes.TrimLeft(line, " ")
		indent := line[:len(line)-len(text)]
		if _, err := fmt.Fprintf(out, "%s%s\n", indent, terminal.Printable(string(bytes.TrimSpace(text)))); err != nil {
			return err
		}
	}
	return nil
}
