package main

import (
	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/top"
)

const topHelp = `Watch and steer the bots of a running daemon in the terminal.

The screen is live and shows what the daemon's status page shows: every bot with its
state, traffic, queues, dial attempts and next dial. For the selected bot it also shows
the last error and what to do about it.

  up, down, page up, page down, home, end   select a bot
  enter                                     show its details; esc goes back
  /                                         search by name, platform, id or error
  f                                         filter by state
  s, S                                      sort by the next column; reverse the order
  n                                         the nodes of a cluster; esc goes back
  r w z d e                                 reconnect, wake, sleep, disable, enable;
                                            each asks for confirmation
  q                                         quit

If the daemon needs a token, it is read from --token-file or $HERMOD_TOKEN. NO_COLOR is
respected.`

func newTopCommand() *cobra.Command {
	var flags remoteFlags
	cmd := &cobra.Command{
		Use:     "top",
		Short:   "Watch and steer a daemon's bots in the terminal",
		Long:    topHelp,
		Example: "  hermod top\n  hermod top --url https://bots.example.com --token-file token\n  hermod top --url unix:/run/hermod/hermod.sock",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			options, err := flags.options()
			if err != nil {
				return err
			}
			return top.Run(cmd.Context(), top.Options{Daemon: options.Daemon, Token: options.Token, In: cmd.InOrStdin(),
				Out: cmd.OutOrStdout()})
		},
	}
	flags.add(cmd)
	return cmd
}
