package main

import (
	"fmt"
	"image/color"
	"strings"
	"time"

	"hermod/messages"

	"charm.land/lipgloss/v2"
)

// demoView shows a demo. show is called about ten times a second and end once, after the last show. release gives back
// what open took; it may be called at any time, and more than once.
type demoView interface {
	open()
	show(s demoSnapshot)
	end(s demoSnapshot)
	release()
}

// demoPicture draws snapshots as lines of text that fit a width, in cells.
type demoPicture struct {
	width   int
	colours bool
	accents bool // bold and faint
}

// Widths of the table's columns, in cells. The last column has the rest.
const (
	nameWidth  = 13
	stateWidth = 13
	tableWidth = 1 + nameWidth + 2 + stateWidth + 6 + 6 + 5 + 7 + 4 + 2
)

// head is the title and the totals.
func (p demoPicture) head(s demoSnapshot) []string {
	states := make(map[string]int)
	for _, row := range s.rows {
		states[row.status.PlatformState]++
	}
	bots := fmt.Sprintf("%d bots", len(s.rows))
	for _, state := range []string{"connected", "retrying", "disabled", "fatal"} {
		if n := states[state]; n > 0 {
			bots += ", " + p.paint(stateColour(state), fmt.Sprintf("%d %s", n, state))
		}
	}
	clock := clockOf(s.elapsed)
	if s.length > 0 {
		clock += " of " + clockOf(s.length)
	}
	left := " " + p.bold("hermod demo") + "  " + bots
	gap := max(2, p.width-lipgloss.Width(left)-lipgloss.Width(clock)-1)
	t := s.totals
	totals := fmt.Sprintf(" %d injected, %d handled, %d dead-lettered, %d under way, %d requests",
		t.injected, t.handled, t.deadLettered, max(0, t.injected-t.handled-t.deadLettered), t.sent)
	return []string{left + strings.Repeat(" ", gap) + clock, p.faint(totals)}
}

func clockOf(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// table has one line per bot below its title.
func (p demoPicture) table(s demoSnapshot) []string {
	title := fmt.Sprintf(" %-*s  %-*s %5s %5s %4s %6s %3s  %s", nameWidth, "BOT", stateWidth, "STATE", "IN", "OUT", "BUF", "Q/P", "GEN", "LAST EVENT")
	lines := []string{p.faint(title)}
	for _, row := range s.rows {
		lines = append(lines, p.row(row, s.now))
	}
	return lines
}

func (p demoPicture) row(r demoRow, now time.Time) string {
	status := r.status
	state := p.paint(stateColour(status.PlatformState), fit(stateSign(status.State)+" "+string(status.State), stateWidth))
	numbers := fmt.Sprintf(" %5d %5d %4d %6s %3d  ", status.Counters.Handled+status.Counters.DeadLettered, r.tally.handled, r.buffered,
		fmt.Sprintf("%d/%d", status.Queued, status.Pending), status.Generation)
	rest := max(0, p.width-tableWidth)
	last := fit(r.tally.last, rest)
	if news := lineNews(r, now); news != "" {
		last = p.faint(fit(news, rest))
	}
	return " " + fit(status.Name, nameWidth) + "  " + state + numbers + last
}

// lineNews says of a bot that is not there why, and for how long.
func lineNews(r demoRow, now time.Time) string {
	switch s := r.status; s.State {
	case messages.Ready:
		return ""
	case messages.Dormant:
		return "asleep, " + fmt.Sprint(r.buffered) + " wait"
	case messages.Backoff:
		return fmt.Sprintf("dials in %.1f s", max(0, s.NextDial.Sub(now).Seconds()))
	case messages.Disabled, messages.Failed:
		return strings.TrimSpace(fmt.Sprintf("%d %s", s.CloseCode, s.CloseReason))
	default:
		return "…"
	}
}

// story is the newest lines of what happened, at most n.
func (p demoPicture) story(s demoSnapshot, n int) []string {
	var lines []string
	for _, line := range s.story[max(0, len(s.story)-max(0, n)):] {
		at := line.at.Format("15:04:05")
		lines = append(lines, " "+p.faint(at)+"  "+fit(line.text, max(0, p.width-len(at)-3)))
	}
	return lines
}

// account is the end: every line says whether it balances.
func (p demoPicture) account(a demoAccount) []string {
	verdict := p.paint(lipgloss.Green, p.bold("The account balances."))
	if a.check() != nil {
		verdict = p.paint(lipgloss.Red, p.bold("The account does not balance."))
	}
	lines := []string{" " + verdict}
	for _, e := range a.entries() {
		sign, colour := "=", color.Color(lipgloss.Green)
		if !e.balances() {
			sign, colour = "≠", lipgloss.Red
		}
		lines = append(lines, fmt.Sprintf("   %-30s %6d  %s  %s", e.name, e.left, p.paint(colour, sign), e.detail))
	}
	return lines
}

// fit makes text exactly width cells wide, on one line.
func fit(text string, width int) string {
	text = printable(text)
	switch {
	case lipgloss.Width(text) <= width:
	case width > 1:
		text = lipgloss.NewStyle().MaxWidth(width-1).Render(text) + "…"
	default:
		text = "" // a MaxWidth of 0 is none
	}
	return text + strings.Repeat(" ", max(0, width-lipgloss.Width(text)))
}
