package main

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
	"hermod/cmd/hermod/internal/terminal"
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

// steered is what became of one order; --json prints a list of them.
type steered struct {
	Bot   string `json:"bot"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`

	err error
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
				if err := confirm(cmd, s.verb, bots); err != nil {
					return err
				}
			}
			return reportSteered(cmd, s, flags.json, steerAll(cmd.Context(), daemon, s, bots))
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

// confirm asks at a terminal; elsewhere nobody could answer.
func confirm(cmd *cobra.Command, verb string, bots []string) error {
	in, isFile := cmd.InOrStdin().(*os.File)
	if !isFile || !term.IsTerminal(int(in.Fd())) {
		return cli.UsageError("this would %s %s; give --yes if that is meant", verb, cli.Count(len(bots), "bot"))
	}
	shown := bots[:min(len(bots), 10)]
	question := strings.Join(shown, ", ")
	if more := len(bots) - len(shown); more > 0 {
		question += fmt.Sprintf(" and %d more", more)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s\n%s %s? [y/N] ", question, strings.ToUpper(verb[:1])+verb[1:], cli.Count(len(bots), "bot"))
	answer, _ := bufio.NewReader(in).ReadString('\n')
	if word := strings.ToLower(strings.TrimSpace(answer)); word != "y" && word != "yes" {
		return &cli.ExitError{Code: cli.ExitFailure, Err: fmt.Errorf("nothing was done")}
	}
	return nil
}

// steerAll gives the order to each bot, some at a time, and returns what became of each, in the order of the bots.
func steerAll(ctx context.Context, daemon *remote.Daemon, s steering, bots []string) []steered {
	results := make([]steered, len(bots))
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

func steer(ctx context.Context, daemon *remote.Daemon, s steering, bot string) steered {
	answer, err := remote.Read[struct {
		Asleep bool `json:"asleep"`
	}](s.give(daemon, ctx, bot))
	if err == nil && s.verb == "sleep" && !answer.Asleep {
		err = &cli.ExitError{Code: cli.ExitFailure, Err: fmt.Errorf("the connector did not confirm it; the bot stays connected")}
	}
	result := steered{Bot: bot, OK: err == nil, err: err}
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

// reportSteered tells of each bot. The exit code is that of the first failure.
func reportSteered(cmd *cobra.Command, s steering, asJSON bool, results []steered) error {
	failed, first := 0, error(nil)
	for _, r := range results {
		switch {
		case !r.OK:
			if failed++; first == nil {
				first = r.err
			}
			if !asJSON {
				fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", r.Bot, terminal.Printable(r.Error))
			}
		case !asJSON:
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", r.Bot, s.done)
		}
	}
	if asJSON {
		if err := printJSON(cmd, results); err != nil {
			return err
		}
	}
	if failed == 0 {
		return nil
	}
	return &cli.ExitError{Code: cli.ExitCode(first, true),
		Err: fmt.Errorf("%d of %s could not be told to %s", failed, cli.Count(len(results), "bot"), s.verb)}
}
