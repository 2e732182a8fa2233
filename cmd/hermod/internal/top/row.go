package top

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"hermod/actors"
	"hermod/cmd/hermod/internal/terminal"
)

// row is one bot in the list.
func (m *model) row(p picture, b *bot, tick int) string {
	cells := []string{
		terminal.Fit(b.Name, m.nameWidth()), strings.Join(m.place(platforms(b), b.Node), " "),
		p.stateCell(b, stateWidth),
		b.traffic.spark(tick, sparkWidth), fmt.Sprintf("%*s", rateWidth, rateText(b.traffic.rate(tick))),
		fmt.Sprintf("%*d", numberWidth, b.Pending), fmt.Sprintf("%*d", numberWidth, b.Queued), fmt.Sprintf("%*d", numberWidth, b.Generation),
		terminal.Fit(m.dial(b), dialWidth),
	}
	if width := m.errorWidth(); width > 0 {
		cells = append(cells, terminal.Fit(trouble(b), width))
	}
	if b.traffic.rate(tick) == 0 {
		cells[3], cells[4] = p.Faint(cells[3]), p.Faint(cells[4])
	}
	mark := "  "
	if b.Name == m.active {
		mark = p.Bold("▸ ")
		cells[0] = p.Bold(cells[0])
	}
	line := mark + strings.Join(cells, " ")
	if b.PlatformState == "disabled" {
		return p.Faint(line)
	}
	return line
}

func platforms(b *bot) string {
	if len(b.Identities) == 0 {
		return ""
	}
	text := b.Identities[0].Platform
	if more := len(b.Identities) - 1; more > 0 {
		text = fmt.Sprintf("%s +%d", terminal.Fit(text, min(lipgloss.Width(text), platformWidth-3)), more)
	}
	return text
}

// stateText is the relay's state; an opt-out is one word, whoever it came from.
func stateText(b *bot) string {
	switch {
	case b.PlatformState == "disabled":
		return "disabled"
	case b.State == actors.Dormant:
		return "asleep"
	}
	return string(b.State)
}

// platformSign is the sign of a state that bots are filtered by.
func platformSign(platformState string) string {
	switch platformState {
	case undelivered:
		return undeliveredSign
	case unknown:
		return terminal.StateSign(unknown)
	}
	return terminal.StateSign(map[string]actors.State{
		"connected": actors.Ready, "retrying": actors.Backoff, "fatal": actors.Failed, "disabled": actors.Disabled,
	}[platformState])
}

// dial is the countdown to the next dial and how many there were.
func (m *model) dial(b *bot) string {
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
func trouble(b *bot) string {
	switch {
	case b.Stuck != nil:
		return "a delivery is stuck: " + b.Stuck.Error
	case b.Delivery.Error != "":
		return cmp.Or(deliveryWords[b.Delivery.State], "deliveries fail") + ": " + b.Delivery.Error
	case b.PausedSince != "":
		return "too many deliveries are not settled; nothing is read"
	case b.PlatformState == "connected":
		return ""
	}
	return b.Error
}

// remedy is what to do about the trouble.
func remedy(b *bot) string { return cmp.Or(b.Delivery.Hint, b.Hint) }

func rateText(rate float64) string {
	switch {
	case rate == 0:
		return "0"
	case rate < 10:
		return fmt.Sprintf("%.1f", rate)
	}
	return fmt.Sprintf("%.0f", rate)
}
