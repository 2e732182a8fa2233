package main

import (
	"github.com/spf13/cobra"

	"hermod/cmd/hermod/internal/demo"
)

func newDemoCommand() *cobra.Command {
	var hold bool
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Watch bots hold their links through real trouble",
		Long: `Run everything in one process, on loopback and in a temporary folder: a connector
with a durable buffer, an engine with a relay for each of five bots, a gateway that
answers every message, and recorded traffic. Then make trouble: cut a socket in the
middle of a frame, restart the connector, put a bot to sleep and wake it, revoke a
credential, and deliver events that cannot be decoded or handled.

The demo takes about 20 s and ends with an account of every event and request. If
the account does not balance, the exit code is 1. Ctrl-C ends the demo early, with
an account of what was injected until then.

Columns of the table:
  IN    events that were handled or given up as dead letters
  OUT   events that were answered; the connector confirmed each answer
  BUF   deliveries that wait at the connector
  Q/P   deliveries in the relay's queue / requests without a result
  GEN   number of the current connection`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo.Run(cmd.Context(), cmd.OutOrStdout(), hold)
		},
	}
	cmd.Flags().BoolVar(&hold, "hold", false, "keep running until Ctrl-C, and cut a socket now and then")
	return cmd
}
