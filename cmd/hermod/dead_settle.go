package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
)

// settling is a way to be done with dead letters.
type settling struct {
	verb, done  string // in the imperative, and what became of the letter
	short, long string
	settle      func(*remote.Daemon, context.Context, string) (*http.Response, error)
}

func newDeadReplayCommand() *cobra.Command {
	return newSettlingCommand(settling{"replay", "replayed", "Deliver dead letters once more",
		"Each is delivered in one try, the oldest first; what is taken is gone. If a letter of\na bot that --bot or --all chose fails, the bot's other letters are left as they are.",
		func(d *remote.Daemon, ctx context.Context, id string) (*http.Response, error) {
			return d.ReplayDeadLetter(ctx, id)
		}})
}

func newDeadDiscardCommand() *cobra.Command {
	return newSettlingCommand(settling{"discard", "discarded", "Throw dead letters away",
		"What is discarded cannot be had back; 'hermod dead export' makes a copy.",
		func(d *remote.Daemon, ctx context.Context, id string) (*http.Response, error) {
			return d.DiscardDeadLetter(ctx, id)
		}})
}

func newSettlingCommand(s settling) *cobra.Command {
	var flags deadFlags
	var all, yes bool
	cmd := &cobra.Command{
		Use:   s.verb + " ID…",
		Short: s.short,
		Long: s.short + ". " + s.long + `

--bot means all letters of a bot, --all those of every bot; how many these are is shown
and asked for first; scripts answer with --yes.

` + remoteExitCodes,
		Example: fmt.Sprintf("  hermod dead %[1]s evt_0123456789abcdef0123456789abcdef\n  hermod dead %[1]s --bot support\n  hermod dead %[1]s --all --yes --json", s.verb),
		Args: func(_ *cobra.Command, args []string) error {
			chosen := 0
			for _, given := range []bool{len(args) > 0, flags.bot != "", all} {
				if given {
					chosen++
				}
			}
			if chosen != 1 {
				return cli.UsageError("give either ids, --bot or --all; see 'hermod dead %s --help'", s.verb)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, ids []string) error {
			daemon, err := flags.connect()
			if err != nil {
				return err
			}
			letters := named(ids)
			if len(ids) == 0 {
				if letters, err = flags.choose(cmd, daemon, s, yes); err != nil {
					return err
				}
			}
			letters = settleAll(cmd.Context(), daemon, s, letters)
			return reportOutcomes(cmd, flags.json, letters, "dead letter", s.done, s.done)
		},
	}
	flags.addJSON(cmd)
	flags.addBot(cmd, "all dead letters of this `BOT`")
	cmd.Flags().BoolVar(&all, "all", false, "all dead letters of the daemon")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// named are letters of which the id is known.
func named(ids []string) (letters []outcome) {
	for _, id := range ids {
		letters = append(letters, outcome{ID: id})
	}
	return letters
}

// choose finds the letters that --bot or --all means, the oldest first, and asks whether they are meant.
func (f *deadFlags) choose(cmd *cobra.Command, daemon *remote.Daemon, s settling,
	yes bool) (letters []outcome, err error) {
	err = f.eachLetter(cmd.Context(), daemon, func(page *client.DeadLetters) bool {
		for _, l := range page.DeadLetters {
			letters = append(letters, outcome{ID: l.Id, Bot: l.Bot})
		}
		return true
	})
	slices.Reverse(letters)
	if err == nil && !yes && len(letters) > 0 {
		err = confirm(cmd, s.verb+" "+cli.Count(len(letters), "dead letter"), "")
	}
	return letters, err
}

// settleAll goes through the letters one by one, since their order counts. A bot of which a chosen letter failed is
// left alone: the others would fail as well, and overtake it if not.
func settleAll(ctx context.Context, daemon *remote.Daemon, s settling, letters []outcome) []outcome {
	var failed []string // bots
	for i := range letters {
		l := &letters[i]
		if l.Bot != "" && slices.Contains(failed, l.Bot) {
			l.Error = "left as it is, since an older one of the bot failed"
			continue
		}
		_, err := remote.Read[struct{}](s.settle(daemon, ctx, l.ID))
		if l.conclude(err); !l.OK {
			failed = append(failed, l.Bot)
		}
	}
	return letters
}
