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
with a durable buffer, an engine with one relay for each of five bots, a gateway
that answers every message, and recorded traffic. Then cut a socket inside a
frame, restart the connector, put a bot to sleep and wake it, revoke a credential,
and deliver what nobody can decode or handle.

It ends by itself after about 20 s with an account that must balance; otherwise
the exit code is 1. Ctrl-C ends it early, with the account of what was injected
until then.

The table's columns: events handled, answers that the connector confirmed, what
waits at the connector (BUF), deliveries in the relay and requests without a
result (Q/P), and the number of the link (GEN).`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return demo.Run(cmd.Context(), cmd.OutOrStdout(), hold)
		},
	}
	cmd.Flags().BoolVar(&hold, "hold", false, "keep running until Ctrl-C, with a cut socket now and then")
	return cmd
}
