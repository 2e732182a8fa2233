package top

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"

	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/terminal"
)

// unknown is the platform state of bots whose node does not answer.
const unknown = "unknown"

// Widths of what shows the nodes, in cells. A screen that is narrower than wideScreen has the node in place of the
// platform.
const (
	nodeMinWidth, nodeMaxWidth = 4, 16
	wideScreen                 = 100
)

// clustered says that the daemon is a node of a cluster.
func (f *roster) clustered() bool { return f.daemon.Node != "" }

// states are the words that bots are filtered by now.
func (f *roster) states() []string {
	if f.clustered() {
		return append(states[:len(states):len(states)], unknown)
	}
	return states
}

// place says where a bot and its platform stand in the list: their titles, or their cells.
func (m *model) place(platform, node string) []string {
	switch {
	case !m.fleet.clustered():
		return []string{terminal.Fit(platform, platformWidth)}
	case m.width < wideScreen:
		return []string{terminal.Fit(node, platformWidth)}
	}
	return []string{terminal.Fit(platform, platformWidth), terminal.Fit(node, m.nodesWidth())}
}

// nodesWidth fits the longest name of a node, as far as it can.
func (m *model) nodesWidth() int {
	longest := nodeMinWidth
	for _, n := range m.fleet.daemon.Nodes {
		longest = max(longest, len(n.Name)) // names are ASCII
	}
	return min(longest, nodeMaxWidth)
}

// fixed is the width of all columns but the name and the error.
func (m *model) fixed() int {
	if m.fleet.clustered() && m.width >= wideScreen {
		return fixedWidth + m.nodesWidth() + 1
	}
	return fixedWidth
}

// where names the daemon, and its cluster.
func (m *model) where() string {
	if !m.fleet.clustered() {
		return m.client.name()
	}
	return fmt.Sprintf("%s  %s, one of %s", m.client.name(), m.fleet.daemon.Node, cli.Count(len(m.fleet.daemon.Nodes), "node"))
}

// nodes is a table of the nodes, in as many lines as there are.
func (m *model) nodes(p picture) []string {
	width := m.nodesWidth()
	row := func(name, state, version, bots, lacks, states string) string {
		return fmt.Sprintf("  %s %s %s %6s %6s  %s", terminal.Fit(name, width), terminal.Fit(state, 10), terminal.Fit(version, 12),
			bots, lacks, states)
	}
	lines := []string{p.Faint(row("NODE", "STATE", "VERSION", "BOTS", "LACKS", "HOW THEY ARE"))}
	for _, n := range m.fleet.daemon.Nodes {
		line := row(n.Name, "● "+string(n.State), n.Version, fmt.Sprint(n.Bots), fmt.Sprint(n.Lacks), nodeStates(n))
		switch n.State {
		case api.NodeSilent:
			line = p.Paint(lipgloss.Red, strings.Replace(line, "●", "✗", 1))
		case api.NodeDraining:
			line = p.Paint(lipgloss.Yellow, strings.Replace(line, "●", "◐", 1))
		}
		lines = append(lines, line)
	}
	return append(lines, "", p.Faint("  LACKS counts the bots that a node cannot run, for want of a secret perhaps: its log names them."))
}

func nodeStates(n api.Node) string {
	var parts []string
	for _, state := range states {
		if count := n.States[state]; count > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", count, state))
		}
	}
	return strings.Join(parts, ", ")
}
