package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hermod/cluster/registry"
	"hermod/cmd/hermod/internal/cli"
)

func newClusterStatusCommand() *cobra.Command {
	var flags clusterFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "Show the cluster's nodes and where its bots are",
		Long: `Show the nodes with how many bots each runs and what these weigh, and the bots that no node
runs. A bot at rest weighs 1, and as much more for each message a second; nodes have shares
in proportion to their capacity. The exit code is 1 if no node runs some bot.`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return flags.with(cmd, func(ctx context.Context, store *registry.Store) error {
				now, err := store.Read(ctx)
				if err != nil {
					return err
				}
				return printCluster(cmd.OutOrStdout(), now, all)
			})
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&all, "all", false, "list every bot with its node and epoch")
	return cmd
}

func printCluster(out io.Writer, v *registry.View, all bool) error {
	runs, load, weights, idle := make(map[string]int), make(map[string]int), v.Weights(), []string(nil)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	if all {
		fmt.Fprintln(table, "BOT\tNODE\tEPOCH")
	}
	for _, bot := range slices.Sorted(maps.Keys(v.Bots)) {
		node, _, epoch, owned := v.Owner(bot)
		switch {
		case owned:
			runs[node]++
			load[node] += max(1, weights[bot])
		case v.Disabled[bot]:
			node = "(disabled)"
		default:
			idle, node = append(idle, bot), "(none)"
		}
		if all {
			fmt.Fprintf(table, "%s\t%s\t%d\n", bot, node, epoch)
		}
	}
	if all {
		fmt.Fprintln(table)
	}
	fmt.Fprintln(table, "NODE\tADDRESS\tVERSION\tBOTS\tLOAD\tLACKS\tSTATE")
	for _, node := range slices.Sorted(maps.Keys(v.Members)) {
		m, state := v.Members[node], "member"
		if v.Drain[node] {
			state = "drains"
		}
		if v.Left[node] {
			state = "restarts"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%d\t%s\n", node, m.Address, m.Version, runs[node], load[node],
			len(m.Lacks), state)
	}
	for _, node := range slices.Sorted(maps.Keys(v.Drain)) {
		if _, is := v.Members[node]; !is {
			fmt.Fprintf(table, "%s\t\t\t\t\t\tdrained, and no member\n", node)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if len(idle) == 0 {
		_, err := fmt.Fprintf(out, "%s, each with a node or switched off\n", cli.Count(len(v.Bots), "bot"))
		return err
	}
	shown := idle[:min(len(idle), maxStatusLines)]
	fmt.Fprintf(out, "no node runs %s: %s\n", cli.Count(len(idle), "bot"), strings.Join(shown, ", "))
	if more := len(idle) - len(shown); more > 0 {
		fmt.Fprintf(out, "… and %d more\n", more)
	}
	return &cli.ExitError{Code: cli.ExitFailure}
}
