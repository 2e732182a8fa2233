package main

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"hermod/actors"
	"hermod/messages"
)

// row is one bot in the list.
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
