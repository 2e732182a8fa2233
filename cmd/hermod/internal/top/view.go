package top

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/terminal"
)

// Lines above and below the list.
const (
	headLines = 4
	footLines = 4
)

// Widths of the list's columns, in cells. The name has what is left, then the error.
const (
	nameMin, nameMax = 10, 32
	platformWidth    = 9
	stateWidth       = 13
	sparkWidth       = 8
	rateWidth        = 6
	numberWidth      = 4
	dialWidth        = 8
	fixedWidth       = 2 + platformWidth + 1 + stateWidth + 1 + sparkWidth + 1 + rateWidth + 3*(1+numberWidth) + 1 +
		dialWidth + 1
)

func (m *model) lines() int { return max(1, m.height-headLines-footLines) }

// picture is the space and the style to draw with.
type picture struct {
	terminal.Style
	width int
}

func (m *model) picture() picture {
	return picture{Style: terminal.Style{Colours: m.colours, Accents: true}, width: m.width}
}

// View draws the screen.
func (m *model) View() tea.View {
	p := m.picture()
	lines := m.head(p)
	switch {
	case m.open != "":
		lines = append(lines, m.details(p)...)
	case m.table:
		lines = append(lines, m.nodes(p)...)
	default:
		lines = append(lines, m.list(p)...)
	}
	for len(lines) < m.height-footLines {
		lines = append(lines, "")
	}
	lines = append(lines[:max(0, m.height-footLines)], m.foot(p)...)
	clip := lipgloss.NewStyle().MaxWidth(max(1, m.width))
	for i, line := range lines {
		lines[i] = clip.Render(line)
	}
	view := tea.NewView(strings.Join(lines[:min(len(lines), m.height)], "\n"))
	view.AltScreen, view.WindowTitle = true, "hermod top"
	return view
}

func (m *model) head(p picture) []string {
	counts := m.fleet.summary()
	bots := cli.Count(len(m.fleet.bots), "bot")
	for _, state := range m.fleet.states() {
		if n := counts[state]; n > 0 {
			bots += "  " + p.Paint(filterColour(state), fmt.Sprintf("%s %d %s", platformSign(state), n, state))
		}
	}
	tick := m.fleet.present(m.now)
	total := fmt.Sprintf("%s %s frames/s", m.fleet.total.spark(tick, 20), rateText(m.fleet.total.rate(tick)))
	order := "sorted by " + orders[m.filter.sort].word
	if m.filter.reverse {
		order += ", reversed"
	}
	filter := order
	if m.filter.state != "" {
		filter += " · only " + m.filter.state
	}
	if m.searching || m.filter.query != "" {
		filter += " · /" + terminal.Printable(m.filter.query)
		if m.searching {
			filter += "█"
		}
	}
	return []string{
		spread(p.width, " "+p.Bold("hermod top")+"  "+p.Faint(m.where()), m.linkText(p)+" "),
		spread(p.width, " "+bots, m.deadLetters(p)+" "),
		spread(p.width, " "+p.Faint(filter), p.Faint(total)+" "),
		m.title(p),
	}
}

// deadLetters says how many deliveries failed for good, where any did.
func (m *model) deadLetters(p picture) string {
	if m.fleet.daemon.DeadLetters == 0 {
		return ""
	}
	return p.Paint(lipgloss.Yellow, cli.Count(m.fleet.daemon.DeadLetters, "dead letter"))
}

func (m *model) linkText(p picture) string {
	switch {
	case m.link.err != nil:
		return p.Paint(lipgloss.Yellow, fmt.Sprintf("disconnected, next try within %s", (m.link.wait+time.Second-1).Truncate(time.Second)))
	case !m.connected:
		return p.Faint("connecting")
	case m.fleet.daemon.Stopping:
		return p.Paint(lipgloss.Yellow, "the daemon is stopping")
	case m.fleet.daemon.ConfigError != "":
		return p.Paint(lipgloss.Yellow, "the last reload failed")
	}
	return p.Paint(lipgloss.Green, "● ") + "live  " + p.Faint(m.fleet.daemon.Version)
}

// nameWidth fits the longest name that there is, as far as it can.
func (m *model) nameWidth() int {
	return max(nameMin, min(m.longest, nameMax, m.width-m.fixed()))
}

func (m *model) title(p picture) string {
	if m.open != "" || m.table {
		return p.Faint(strings.Repeat("─", p.width))
	}
	title := fmt.Sprintf("  %-*s %s %-*s %-*s %*s %*s %*s %*s %-*s", m.nameWidth(), "BOT",
		strings.Join(m.place("PLATFORM", "NODE"), " "), stateWidth, "STATE",
		sparkWidth, "TRAFFIC", rateWidth, "/S", numberWidth, "PEND", numberWidth, "QUE", numberWidth, "GEN", dialWidth, "DIAL")
	if m.errorWidth() > 0 {
		title += " LAST ERROR"
	}
	return p.Faint(title)
}

// errorWidth is what is left for the last error; the foot has it of the active bot in any case.
func (m *model) errorWidth() int {
	if rest := m.width - m.fixed() - m.nameWidth() - 2; rest >= 16 {
		return rest
	}
	return 0
}

func (m *model) list(p picture) []string {
	if len(m.chosen) == 0 {
		text := "No bot matches. Press esc to show all."
		if len(m.fleet.bots) == 0 {
			text = "No bots yet."
		}
		return []string{"", "  " + p.Faint(text)}
	}
	var lines []string
	tick := m.fleet.present(m.now)
	for i := m.first; i < min(len(m.chosen), m.first+m.lines()); i++ {
		lines = append(lines, m.row(p, m.chosen[i], tick))
	}
	return lines
}

// spread puts one text to the left and one to the right.
func spread(width int, left, right string) string {
	return left + strings.Repeat(" ", max(1, width-lipgloss.Width(left)-lipgloss.Width(right))) + right
}
