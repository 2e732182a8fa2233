package main

import (
	"fmt"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"hermod/actors"
	"hermod/messages"
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

func (m *topModel) row(p demoPicture, b *topBot, tick int) string {
	cells := []string{
		fit(b.Name, m.nameWidth()), fit(platforms(b), topPlatform),
		p.paint(stateColour(b.PlatformState), fit(stateSign(b.State)+" "+stateText(b), topState)),
		b.traffic.spark(tick, topSpark), fmt.Sprintf("%*s", topRate, rateText(b.traffic.rate(tick))),
		fmt.Sprintf("%*d", topNumber, b.Pending), fmt.Sprintf("%*d", topNumber, b.Queued), fmt.Sprintf("%*d", topNumber, b.Generation),
		fit(m.dial(b), topDial),
	}
	if width := m.errorWidth(); width > 0 {
		cells = append(cells, fit(trouble(b), width))
	}
	if b.traffic.rate(tick) == 0 {
		cells[3], cells[4] = p.faint(cells[3]), p.faint(cells[4])
	}
	mark := "  "
	if b.Name == m.active {
		mark = p.bold("▸ ")
		cells[0] = p.bold(cells[0])
	}
	line := mark + strings.Join(cells, " ")
	if b.PlatformState == "disabled" {
		return p.faint(line)
	}
	return line
}

func platforms(b *topBot) string {
	if len(b.Identities) == 0 {
		return ""
	}
	text := b.Identities[0].Platform
	if more := len(b.Identities) - 1; more > 0 {
		text = fmt.Sprintf("%s +%d", fit(text, min(lipgloss.Width(text), topPlatform-3)), more)
	}
	return text
}

// stateText is the relay's state; an opt-out is one word, whoever it came from.
func stateText(b *topBot) string {
	switch {
	case b.PlatformState == "disabled":
		return "disabled"
	case b.State == messages.Dormant:
		return "asleep"
	}
	return string(b.State)
}

// topSign is the sign of a platform state.
func topSign(platformState string) string {
	return stateSign(map[string]actors.State{
		"connected": messages.Ready, "retrying": messages.Backoff, "fatal": messages.Failed, "disabled": messages.Disabled,
	}[platformState])
}

// dial is the countdown to the next dial and how many there were.
func (m *topModel) dial(b *topBot) string {
	due, err := time.Parse(time.RFC3339, b.NextDial)
	switch {
	case err == nil:
		left := max(0, due.Sub(m.now.Add(m.fleet.ahead))).Round(time.Second)
		return fmt.Sprintf("%s #%d", left, b.Attempt)
	case b.Attempt > 0:
		return fmt.Sprintf("#%d", b.Attempt)
	}
	return ""
}

// trouble is the last error, unless the bot has got over it.
func trouble(b *topBot) string {
	switch {
	case b.Stuck != nil:
		return "a delivery is stuck: " + b.Stuck.Error
	case b.PlatformState == "connected":
		return ""
	}
	return b.Error
}

func rateText(rate float64) string {
	switch {
	case rate == 0:
		return "0"
	case rate < 10:
		return fmt.Sprintf("%.1f", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}

// spread puts one text to the left and one to the right.
func spread(width int, left, right string) string {
	return left + strings.Repeat(" ", max(1, width-lipgloss.Width(left)-lipgloss.Width(right))) + right
}
