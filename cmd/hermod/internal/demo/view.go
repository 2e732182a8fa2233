package demo

import (
	"fmt"
	"image/color"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"hermod/actors"
	"hermod/cmd/hermod/internal/terminal"
)

// view shows a demo. show is called about ten times a second and end once, after the last show. release gives back
// what open took; it may be called at any time, and more than once.
type view interface {
	open()
	show(s snapshot)
	end(s snapshot)
	release()
}

// picture draws snapshots as lines of text that fit a width, in cells.
type picture struct {
	terminal.Style
	width int
}

// Widths of the table's columns, in cells. The last column has the rest.
const (
	nameWidth  = 13
	stateWidth = 13
	tableWidth = 1 + nameWidth + 2 + stateWidth + 6 + 6 + 5 + 7 + 4 + 2
)

// head is the title and the totals.
func (p picture) head(s snapshot) []string {
	states := make(map[string]int)
	for _, row := range s.rows {
		states[row.status.PlatformState]++
	}
	bots := fmt.Sprintf("%d bots", len(s.rows))
	for _, state := range []string{"connected", "retrying", "disabled", "fatal"} {
		if n := states[state]; n > 0 {
			bots += ", " + p.Paint(terminal.StateColour(state), fmt.Sprintf("%d %s", n, state))
		}
	}
	clock := clockOf(s.elapsed)
	if s.length > 0 {
		clock += " of " + clockOf(s.length)
	}
	left := " " + p.Bold("hermod demo") + "  " + bots
	gap := max(2, p.width-lipgloss.Width(left)-lipgloss.Width(clock)-1)
	t := s.totals
	totals := fmt.Sprintf(" %d injected, %d handled, %d dead-lettered, %d under way, %d requests",
		t.injected, t.handled, t.deadLettered, max(0, t.injected-t.handled-t.deadLettered), t.sent)
	return []string{left + strings.Repeat(" ", gap) + clock, p.Faint(totals)}
}

func clockOf(d time.Duration) string {
	return fmt.Sprintf("%d:%02d", int(d.Minutes()), int(d.Seconds())%60)
}

// table has one line per bot below its title.
func (p picture) table(s snapshot) []string {
	title := fmt.Sprintf(" %-*s  %-*s %5s %5s %4s %6s %3s  %s", nameWidth, "BOT", stateWidth, "STATE", "IN", "OUT", "BUF", "Q/P", "GEN", "LAST EVENT")
	lines := []string{p.Faint(title)}
	for _, row := range s.rows {
		lines = append(lines, p.row(row, s.now))
	}
	return lines
}

func (p picture) row(r row, now time.Time) string {
	status := r.status
	state := p.Paint(terminal.StateColour(status.PlatformState),
		terminal.Fit(terminal.StateSign(status.State)+" "+string(status.State), stateWidth))
	numbers := fmt.Sprintf(" %5d %5d %4d %6s %3d  ", status.Counters.Handled+status.Counters.DeadLettered, r.tally.handled, r.buffered,
		fmt.Sprintf("%d/%d", status.Queued, status.Pending), status.Generation)
	rest := max(0, p.width-tableWidth)
	last := terminal.Fit(r.tally.last, rest)
	if news := lineNews(r, now); news != "" {
		last = p.Faint(terminal.Fit(news, rest))
	}
	return " " + terminal.Fit(status.Name, nameWidth) + "  " + state + numbers + last
}

// lineNews says of a bot that is not there why, and for how long.
func lineNews(r row, now time.Time) string {
	switch s := r.status; s.State {
	case actors.Ready:
		return ""
	case actors.Dormant:
		return "asleep, " + fmt.Sprint(r.buffered) + " wait"
	case actors.Backoff:
		return fmt.Sprintf("dials in %.1f s", max(0, s.NextDial.Sub(now).Seconds()))
	case actors.Disabled, actors.Failed:
		return strings.TrimSpace(fmt.Sprintf("%d %s", s.CloseCode, s.CloseReason))
	default:
		return "…"
	}
}

// story is the newest lines of what happened, at most n.
func (p picture) story(s snapshot, n int) []string {
	var lines []string
	for _, line := range s.story[max(0, len(s.story)-max(0, n)):] {
		at := line.at.Format("15:04:05")
		lines = append(lines, " "+p.Faint(at)+"  "+terminal.Fit(line.text, max(0, p.width-len(at)-3)))
	}
	return lines
}

// account is the end: every line says whether it balances.
func (p picture) account(a account) []string {
	verdict := p.Paint(lipgloss.Green, p.Bold("The account balances."))
	if a.check() != nil {
		verdict = p.Paint(lipgloss.Red, p.Bold("The account does not balance."))
	}
	lines := []string{" " + verdict}
	for _, e := range a.entries() {
		sign, colour := "=", color.Color(lipgloss.Green)
		if !e.balances() {
			sign, colour = "≠", lipgloss.Red
		}
		lines = append(lines, fmt.Sprintf("   %-30s %6d  %s  %s", e.name, e.left, p.Paint(colour, sign), e.detail))
	}
	return lines
}
