package main

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
)

// maxOrders is how many orders are under way at a time.
const maxOrders = 16

// steering is one way to steer bots.
type steering struct {
	verb, done string // in the imperative, and what became of the bot
	short      string
	long       string
	give       func(*remote.Daemon, context.Context, string) (*http.Response, error)
}

var steerings = []steering{
	{"disable", "disabled", "Keep bots from running until they are enabled", "Each bot drains, closes its connection and stays off.",
		func(d *remote.Daemon, ctx context.Context, bot string) (*http.Response, error) {
			return d.DisableBot(ctx, bot)
		}},
	{"enable", "enabled", "Run bots again that are disabled", "A bot that the configuration disables runs, too, until that setting changes.",
		func(d *remote.Daemon, ctx context.Context, bot string) (*http.Response, error) {
			return d.EnableBot(ctx, bot)
		}},
	{"reconnect", "dials", "Have bots dial at once", "An existing connection is drained and replaced. A bot that was revoked or has\nfailed starts anew; a disabled one stays disabled.",
		func(d *remote.Daemon, ctx context.Context, bot string) (*http.Response, error) {
			return d.ReconnectBot(ctx, bot)
		}},
	{"sleep", "sleeps", "Put bots to sleep; the connector buffers their deliveries", "A bot whose connector does not confirm stays connected, and counts as failed.",
		func(d *remote.Daemon, ctx context.Context, bot string) (*http.Response, error) {
			return d.SleepBot(ctx, bot)
		}},
	{"wake", "dials", "Wake bots that sleep or wait for their next dial", "It does nothing to a bot that is awake.",
		func(d *remote.Daemon, ctx context.Context, bot string) (*http.Response, error) {
			return d.WakeBot(ctx, bot)
		}},
}

func newSteeringCommands() []*cobra.Command {
	var commands []*cobra.Command
	for _, s := range steerings {
		commands = append(commands, newSteeringCommand(s))
	}
	return commands
}

func newSteeringCommand(s steering) *cobra.Command {
	var flags remoteFlags
	var all, yes bool
	cmd := &cobra.Command{
		Use:   s.verb + " BOT…",
		Short: s.short,
		Long: s.short + ". " + s.long + `

BOT is a name, or a pattern such as 'eu-*'; --all means every bot. What a pattern or
--all chooses is shown and asked for first; scripts answer with --yes.

` + remoteExitCodes,
		Example: fmt.Sprintf("  hermod %[1]s support\n  hermod %[1]s 'eu-*' --yes\n  hermod %[1]s --all --yes --json", s.verb),
		Args: func(_ *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return cli.UsageError("name the bots, or give --all; see 'hermod %s --help'", s.verb)
			}
			return nil
		},
		ValidArgsFunction: flags.completeBots,
		RunE: func(cmd *cobra.Command, args []string) error {
			daemon, err := flags.connect()
			if err != nil {
				return err
			}
			if all {
				args = []string{"*"}
			}
			bots, err := chooseBots(cmd.Context(), daemon, args)
			if err != nil {
				return err
			}
			if slices.ContainsFunc(args, remote.IsPattern) && !yes {
				if err := confirm(cmd, s.verb+" "+cli.Count(len(bots), "bot"), summary(bots)); err != nil {
					return err
				}
			}
			done := steerAll(cmd.Context(), daemon, s, bots)
			return reportOutcomes(cmd, flags.json, done, "bot", s.done, "told to "+s.verb)
		},
	}
	flags.addJSON(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "every bot of the daemon")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask before more than named bots are steered")
	return cmd
}

// chooseBots finds the bots that are meant, before any is steered.
func chooseBots(ctx context.Context, daemon *remote.Daemon, args []string) ([]string, error) {
	all, err := daemon.Bots(ctx)
	if err != nil {
		return nil, err
	}
	chosen, err := remote.Choose(all, args)
	if err != nil {
		return nil, err
	}
	names := make([]string, 0, len(chosen))
	for _, bot := range chosen {
		names = append(names, bot.Name)
	}
	return names, nil
}

// summary names the first bots and counts the others.
func summary(bots []string) string {
	shown := bots[:min(len(bots), 10)]
	text := strings.Join(shown, ", ")
	if more := len(bots) - len(shown); more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// steerAll gives the order to each bot, some at a time, and returns what became of each, in the order of the bots.
func steerAll(ctx context.Context, daemon *remote.Daemon, s steering, bots []string) []outcome {
	results := make([]outcome, len(bots))
	places, done := make(chan int), make(chan struct{})
	for range min(maxOrders, len(bots)) {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range places {
				results[i] = steer(ctx, daemon, s, bots[i])
			}
		}()
	}
	for i := range bots {
		places <- i
	}
	close(places)
	for range min(maxOrders, len(bots)) {
		<-done
	}
	return results
}

func steer(ctx context.Context, daemon *remote.Daemon, s steering, bot string) outcome {
	answer, err := remote.Read[struct {
		Asleep bool `json:"asleep"`
	}](s.give(daemon, ctx, bot))
	if err == nil && s.verb == "sleep" && !answer.Asleep {
		err = &cli.ExitError{Code: cli.ExitFailure, Err: fmt.Errorf("the connector did not confirm it; the bot stays connected")}
	}
	result := outcome{Bot: bot}
	result.conclude(err)
	return result
}
