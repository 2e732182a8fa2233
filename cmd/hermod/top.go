package main

import (
	"errors"
	"net/url"
	"os"

	tea "charm.land/bubbletea/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hermod/wire"
)

// defaultDaemon is where 'hermod run' serves unless its configuration says otherwise.
const defaultDaemon = "http://127.0.0.1:8470"

const topHelp = `Watch and steer the bots of a running daemon in the terminal.

It shows what the daemon's status page shows, live: every bot with its state, traffic,
what waits, attempts and next dial; of the chosen bot also its last error and what to do.

  up, down, page up, page down, home, end   choose a bot
  enter                                     all about it; esc goes back
  /                                         search by name, platform, id or error
  f                                         filter by state
  s, S                                      sort by the next column, or the other way round
  r w z d e                                 reconnect, wake, sleep, disable, enable; asks first
  q                                         quit

The daemon's token, when it asks for one, is read from --token-file or $HERMOD_TOKEN.
NO_COLOR is respected.`

func newTopCommand() *cobra.Command {
	var base, tokenFile string
	cmd := &cobra.Command{
		Use:     "top",
		Short:   "Watch and steer a daemon's bots in the terminal",
		Long:    topHelp,
		Example: "  hermod top\n  hermod top --url https://bots.example.com --token-file token",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := newTopClient(base, tokenFile)
			if err != nil {
				return err
			}
			if out, ok := cmd.OutOrStdout().(*os.File); !ok || !term.IsTerminal(int(out.Fd())) {
				return usageError("top needs a terminal; for programs there is GET %s/v1/bots", client.base)
			}
			return runTop(tea.NewProgram(newTopModel(client), tea.WithContext(cmd.Context()),
				tea.WithInput(cmd.InOrStdin()), tea.WithOutput(cmd.OutOrStdout())), client)
		},
	}
	cmd.Flags().StringVar(&base, "url", defaultDaemon, "the daemon's `URL`")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "`FILE` that holds the daemon's token (default: $HERMOD_TOKEN)")
	return cmd
}

// newTopClient checks the flags.
func newTopClient(base, tokenFile string) (*topClient, error) {
	parsed, err := url.Parse(base)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
		return nil, usageError("--url is not an http or https URL of a daemon; use for example %s", defaultDaemon)
	}
	token := wire.Secret(os.Getenv("HERMOD_TOKEN"))
	if tokenFile != "" {
		if token, err = readSecret("--token-file", tokenFile); err != nil {
			return nil, err
		}
	}
	return &topClient{base: parsed.Scheme + "://" + parsed.Host, token: token}, nil
}

// runTop shows the daemon until the user quits. Losing the daemon is shown; being refused ends it.
func runTop(program *tea.Program, client *topClient) error {
	stop := client.start(program.Send)
	defer stop()
	last, err := program.Run()
	if m, ok := last.(*topModel); ok && m.refused != nil {
		return m.refused
	}
	if errors.Is(err, tea.ErrInterrupted) || errors.Is(err, tea.ErrProgramKilled) {
		return nil // a signal, or the end of the command's context
	}
	return err
}
