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

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/remote"
	"hermod/cmd/hermod/internal/terminal"
)

// settling is a way to be done with dead letters.
type settling struct {
	verb, done  string // in the imperative, and what became of the letter
	short, long string
	settle      func(*remote.Daemon, context.Context, string) (*http.Response, error)
}

// settled is what became of one letter; --json prints a list of them.
type settled struct {
	ID    string `json:"id"`
	Bot   string `json:"bot,omitempty"`
	OK    bool   `json:"ok"`
	Error string `json:"error,omitempty"`

	err error
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
			return reportSettled(cmd, s, flags.json, settleAll(cmd.Context(), daemon, s, letters))
		},
	}
	flags.addJSON(cmd)
	flags.addBot(cmd, "all dead letters of this `BOT`")
	cmd.Flags().BoolVar(&all, "all", false, "all dead letters of the daemon")
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return cmd
}

// named are letters of which the id is known.
func named(ids []string) (letters []settled) {
	for _, id := range ids {
		letters = append(letters, settled{ID: id})
	}
	return letters
}

// choose finds the letters that --bot or --all means, the oldest first, and asks whether they are meant.
func (f *deadFlags) choose(cmd *cobra.Command, daemon *remote.Daemon, s settling,
	yes bool) (letters []settled, err error) {
	err = f.eachLetter(cmd.Context(), daemon, func(page *client.DeadLetters) bool {
		for _, l := range page.DeadLetters {
			letters = append(letters, settled{ID: l.Id, Bot: l.Bot})
		}
		return true
	})
	slices.Reverse(letters)
	if err == nil && !yes && len(letters) > 0 {
		err = confirmSettling(cmd, s, len(letters))
	}
	return letters, err
}

func confirmSettling(cmd *cobra.Command, s settling, count int) error {
	what := s.verb + " " + cli.Count(count, "dead letter")
	in, isFile := cmd.InOrStdin().(*os.File)
	if !isFile || !term.IsTerminal(int(in.Fd())) {
		return cli.UsageError("this would %s; give --yes if that is meant", what)
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "%s? [y/N] ", strings.ToUpper(what[:1])+what[1:])
	answer, _ := bufio.NewReader(in).ReadString('\n')
	if word := strings.ToLower(strings.TrimSpace(answer)); word != "y" && word != "yes" {
		return &cli.ExitError{Code: cli.ExitFailure, Err: fmt.Errorf("nothing was done")}
	}
	return nil
}

// settleAll goes through the letters one by one, since their order counts. A bot of which a chosen letter failed is
// left alone: the others would fail as well, and overtake it if not.
func settleAll(ctx context.Context, daemon *remote.Daemon, s settling, letters []settled) []settled {
	var failed []string // bots
	for i := range letters {
		l := &letters[i]
		if l.Bot != "" && slices.Contains(failed, l.Bot) {
			l.Error = "left as it is, since an older one of the bot failed"
			continue
		}
		_, l.err = remote.Read[struct{}](s.settle(daemon, ctx, l.ID))
		if l.OK = l.err == nil; !l.OK {
			l.Error = l.err.Error()
			failed = append(failed, l.Bot)
		}
	}
	return letters
}

// reportSettled tells of each letter; those that were left as they are it counts. The exit code is that of the first
// failure.
func reportSettled(cmd *cobra.Command, s settling, asJSON bool, letters []settled) error {
	undone, first := 0, error(nil)
	for _, l := range letters {
		if !l.OK {
			undone++
		}
		if first == nil {
			first = l.err
		}
		switch {
		case asJSON:
		case l.OK:
			fmt.Fprintf(cmd.OutOrStdout(), "%s %s\n", terminal.Printable(l.ID), s.done)
		case l.err != nil:
			fmt.Fprintf(cmd.ErrOrStderr(), "%s: %s\n", terminal.Printable(l.ID), terminal.Printable(l.Error))
		}
	}
	if asJSON {
		if err := printJSON(cmd, append([]settled{}, letters...)); err != nil {
			return err
		}
	}
	if undone == 0 {
		return nil
	}
	return &cli.ExitError{Code: cli.ExitCode(first, true),
		Err: fmt.Errorf("%d of %s could not be %s", undone, cli.Count(len(letters), "dead letter"), s.done)}
}
