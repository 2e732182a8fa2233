package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"
)

// completionTimeout bounds how long a user's shell waits for the daemon.
const completionTimeout = time.Second

// completeBots proposes the names of the daemon's bots; none if it does not answer at once.
func (f *remoteFlags) completeBots(cmd *cobra.Command, _ []string, _ string) ([]string, cobra.ShellCompDirective) {
	daemon, err := f.connect()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), completionTimeout)
	defer cancel()
	bots, _ := daemon.Bots(ctx)
	names := make([]string, 0, len(bots))
	for _, bot := range bots {
		names = append(names, bot.Name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
