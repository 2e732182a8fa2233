package top

import (
	"fmt"
	"image/color"
	"time"

	"charm.land/lipgloss/v2"

	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/terminal"
)

// undelivered is the word for bots whose deliveries do not get through, whatever their connection; it filters like a
// platform state.
const undelivered = "undelivered"

var undeliveredColour color.Color = lipgloss.Yellow

const undeliveredSign = "▲"

// deliveryWords say in short why deliveries do not get through.
var deliveryWords = map[fleet.DeliveryState]string{
	fleet.Failing: "deliveries fail", fleet.CircuitOpen: "receiver down", fleet.Paused: "receiver pauses",
	fleet.Unread: "nobody reads", fleet.Stopped: "receiver gone",
}

// isUndelivered says that deliveries do not get through.
func (b *bot) isUndelivered() bool { return deliveryWords[b.Delivery.State] != "" }

// is says whether a bot is of a state that bots are filtered by.
func (b *bot) is(state string) bool {
	return state == "" || b.PlatformState == state || state == undelivered && b.isUndelivered()
}

// isMute says that the connection is not what is wrong with a bot, but its deliveries.
func (b *bot) isMute() bool { return b.PlatformState == "connected" && b.isUndelivered() }

// urgency orders bots by what is wrong with them.
func (b *bot) urgency() int {
	if b.isMute() {
		return 2
	}
	return map[string]int{"fatal": 0, "retrying": 1, "disabled": 3, "connected": 4}[b.PlatformState]
}

// stateCell is a bot's state with its sign.
func (p picture) stateCell(b *bot, width int) string {
	if b.isMute() {
		return p.Paint(undeliveredColour, terminal.Fit(undeliveredSign+" "+undelivered, width))
	}
	return p.Paint(terminal.StateColour(b.PlatformState), terminal.Fit(terminal.StateSign(b.State)+" "+stateText(b), width))
}

// filterColour is the colour of a state that bots are filtered by.
func filterColour(state string) color.Color {
	if state == undelivered {
		return undeliveredColour
	}
	return terminal.StateColour(state)
}

// deliveryFacts are what a bot's details tell of its deliveries. What the stream told is as old as their last change.
func (m *model) deliveryFacts(b *bot) [][2]any {
	d := b.Delivery
	if m.full.Name == b.Name {
		d = m.full.Delivery
	}
	state := b.Deliver
	if word := deliveryWords[d.State]; word != "" {
		state = fmt.Sprintf("%s %s", word, m.age(d.Since))
	}
	facts := [][2]any{{"delivery", state}, {"oldest waits", orNone(m.age(d.Oldest))}, {"failures", d.Failures},
		{"next try", orNone(m.due(d))}}
	if d.Gateway != nil {
		facts = append(facts, [2]any{"gateway", m.gatewayWord(d.Gateway)}, [2]any{"kept for it", d.Gateway.Kept})
	}
	return facts
}

// gatewayWord says how the gateway behind Hermod is.
func (m *model) gatewayWord(g *api.GatewayLink) string {
	switch {
	case g.Idle:
		return "idle"
	case g.Connected:
		return "connected"
	}
	return "away " + m.age(g.AbsentSince)
}

// age is how long ago a moment was, "" for none.
func (m *model) age(moment string) string {
	at, err := time.Parse(time.RFC3339, moment)
	if err != nil {
		return ""
	}
	return max(0, m.now.Add(m.fleet.ahead).Sub(at)).Round(time.Second).String()
}

// due is the time to the next try, "" when none is set.
func (m *model) due(d api.DeliveryHealth) string {
	at, err := time.Parse(time.RFC3339, d.NextProbe)
	if err != nil {
		return ""
	}
	return "in " + max(0, at.Sub(m.now.Add(m.fleet.ahead))).Round(time.Second).String()
}
