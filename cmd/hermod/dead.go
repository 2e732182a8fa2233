package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
)

// deadPage is how many dead letters are asked for at a time.
const deadPage = 1000

const deadHelp = `A delivery that failed for good is kept as a dead letter: one that its receiver refused
at every try, or could not take for retry_for. Repair what takes the bot's deliveries,
then replay its dead letters. The receiver gets each under the id that it had before.

` + remoteExitCodes

// deadFlags are those of the commands about dead letters.
type deadFlags struct {
	remoteFlags
	bot string
}

func (f *deadFlags) addBot(cmd *cobra.Command, usage string) {
	cmd.Flags().StringVar(&f.bot, "bot", "", usage)
	_ = cmd.RegisterFlagCompletionFunc("bot", f.completeBots)
}

func newDeadCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dead",
		Short: "List, show, replay, discard and export deliveries that failed for good",
		Long:  "List, show, replay, discard and export deliveries that failed for good.\n\n" + deadHelp,
		Args:  noArguments,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDeadListCommand(), newDeadShowCommand(), newDeadReplayCommand(), newDeadDiscardCommand(),
		newDeadExportCommand())
	return cmd
}

// eachLetter reads dead letters, the newest first, until take has enough.
func (f *deadFlags) eachLetter(ctx context.Context, daemon *remote.Daemon,
	take func(*client.DeadLetters) (more bool)) error {
	params := &client.ListDeadLettersParams{Limit: new(deadPage)}
	if f.bot != "" {
		params.Bot = &f.bot
	}
	for {
		page, err := remote.Read[client.DeadLetters](daemon.ListDeadLetters(ctx, params))
		if err != nil {
			return err
		}
		if !take(&page) || page.Next == nil {
			return nil
		}
		params.Cursor = page.Next
	}
}

func newDeadExportCommand() *cobra.Command {
	var flags deadFlags
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Print all dead letters, one JSON object a line",
		Long: `Print all dead letters with their records, one JSON object a line, the newest first.
They stay where they are.

` + remoteExitCodes,
		Example: "  hermod dead export > dead.ndjson\n  hermod dead export --bot support | jq .record.event.text",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			daemon, err := flags.connect()
			if err != nil {
				return err
			}
			daemon.Lasting()
			params := &client.ExportDeadLettersParams{}
			if flags.bot != "" {
				params.Bot = &flags.bot
			}
			answer, err := daemon.ExportDeadLetters(cmd.Context(), params)
			if err != nil || answer.StatusCode/100 != 2 {
				_, err := remote.Read[struct{}](answer, err)
				return err
			}
			defer func() { _ = answer.Body.Close() }()
			if _, err := io.Copy(cmd.OutOrStdout(), answer.Body); err != nil {
				return &cli.ExitError{Code: cli.ExitFailure,
					Err: fmt.Errorf("the export is not complete: %w; export again", err)}
			}
			return nil
		},
	}
	flags.add(cmd)
	flags.addBot(cmd, "only those of this `BOT`")
	return cmd
}
