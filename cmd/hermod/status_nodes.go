package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"hermod/cmd/hermod/internal/api/client"
)

// nodeTitle heads the column of the bots' nodes.
const nodeTitle = "NODE"

// nodeColumn puts a cell into the column of the bots' nodes, which is there in a cluster only.
func (r *statusReport) nodeColumn() func(cell string) string {
	if r.Daemon.Nodes == nil {
		return func(string) string { return "" }
	}
	return func(cell string) string { return cell + "\t" }
}

func nodeOf(b client.Bot) string {
	if b.Node == nil {
		return "(none)"
	}
	return *b.Node
}

// printNodes writes a table of the cluster's nodes; nothing without one.
func (r *statusReport) printNodes(out io.Writer) error {
	if r.Daemon.Nodes == nil {
		return nil
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\n%s\tSTATE\tVERSION\tBOTS\tLACKS\tHOW THEY ARE\n", nodeTitle)
	for _, n := range *r.Daemon.Nodes {
		states := ""
		if n.States != nil {
			states = countsLine(*n.States)
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%d\t%s\n", n.Name, n.State, n.Version, n.Bots, n.Lacks, states)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(out)
	return err
}
