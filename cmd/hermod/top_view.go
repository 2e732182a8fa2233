package main

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"
)

// Lines above and below the list.
const (
	topHead = 4
	topFoot = 4
)

// Widths of the list's columns, in cells. The name has what is left, then the error.
const (
	topNameMin, topNameMax = 10, 32
	topPlatform            = 9
	topState               = 13
	topSpark               = 8
	topRate                = 6
	topNumber              = 4
	topDial                = 8
	topFixed               = 2 + topPlatform + 1 + topState + 1 + topSpark + 1 + topRate + 3*(1+topNumber) + 1 + topDial + 1
)

func (m *topModel) lines() int { return max(1, m.height-topHead-topFoot) }

func (m *topModel) picture() demoPicture {
	return demoPicture{width: m.width, colours: m.colours, accents: true}
}

// View draws the screen.
func (m *topModel) View() tea.View {
	p := m.picture()
	lines := m.head(p)
	if m.open != "" {
		lines = append(lines, m.details(p)...)
	} else {
		lines = append(lines, m.list(p)...)
	}
	for len(lines) < m.height-topFoot {
		lines = append(lines, "")
	}
	lines = append(lines[:max(0, m.height-topFoot)], m.foot(p)...)
	clip := lipgloss.NewStyle().MaxWidth(max(1, m.width))
	for i, line := range lines {
		lines[i] = clip.Render(line)
	}
	view := tea.NewView(strings.Join(lines[:min(len(lines), m.height)], "\n"))
	view.AltScreen, view.WindowTitle = true, "hermod top"
	return view
}

func (m *topModel) head(p demoPicture) []string {
	counts := m.fleet.summary()
	bots := fmt.Sprintf("%d bots", len(m.fleet.bots))
	for _, state := range topStates {
		if n := counts[state]; n > 0 {
			bots += "  " + p.paint(stateColour(state), fmt.Sprintf("%s %d %s", topSign(state), n, state))
		}
	}
	tick := m.fleet.present(m.now)
	total := fmt.Sprintf("%s %s frames/s", m.fleet.total.spark(tick, 20), rateText(m.fleet.total.rate(tick)))
	order := "sorted by " + topSorts[m.filter.sort].word
	if m.filter.reverse {
		order += ", reversed"
	}
	filter := order
	if m.filter.state != "" {
		filter += " · only " + m.filter.state
	}
	if m.searching || m.filter.query != "" {
		filter += " · /" + printable(m.filter.query)
		if m.searching {
			filter += "█"
		}
	}
	return []string{
		spread(p.width, " "+p.bold("hermod top")+"  "+p.faint(m.client.base), m.linkText(p)+" "),
		" " + bots,
		spread(p.width, " "+p.faint(filter), p.faint(total)+" "),
		m.title(p),
	}
}

func (m *topModel) linkText(p demoPicture) string {
	switch {
	case m.link.err != nil:
		return p.paint(lipgloss.Yellow, fmt.Sprintf("lost, next try within %s", (m.link.wait+time.Second-1).Truncate(time.Second)))
	case !m.connected:
		return p.faint("connecting")
	case m.fleet.daemon.Stopping:
		return p.paint(lipgloss.Yellow, "the daemon is ending")
	case m.fleet.daemon.ConfigError != "":
		return p.paint(lipgloss.Yellow, "the last reload changed nothing")
	}
	return p.paint(lipgloss.Green, "● ") + "live  " + p.faint(m.fleet.daemon.Version)
}

// nameWidth fits the longest name that there is, as far as it can.
func (m *topModel) nameWidth() int {
	return max(topNameMin, min(m.longest, topNameMax, m.width-topFixed))
}

func (m *topModel) title(p demoPicture) string {
	if m.open != "" {
		return p.faint(strings.Repeat("─", p.width))
	}
	title := fmt.Sprintf("  %-*s %-*s %-*s %-*s %*s %*s %*s %*s %-*s", m.nameWidth(), "BOT", topPlatform, "PLATFORM", topState, "STATE",
		topSpark, "TRAFFIC", topRate, "/S", topNumber, "PEND", topNumber, "QUE", topNumber, "GEN", topDial, "DIAL")
	if m.errorWidth() > 0 {
		title += " LAST ERROR"
	}
	return p.faint(title)
}

// errorWidth is what is left for the last error; the foot has it of the active bot in any case.
func (m *topModel) errorWidth() int {
	if rest := m.width - topFixed - m.nameWidth() - 2; rest >= 16 {
		return rest
	}
	return 0
}

func (m *topModel) list(p demoPicture) []string {
	if len(m.chosen) == 0 {
		text := "No bot matches; esc shows all."
		if len(m.fleet.bots) == 0 {
			text = "No bots yet."
		}
		return []string{"", "  " + p.faint(text)}
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
