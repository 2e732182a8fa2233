package top

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/terminal"
)

// foot says what is wrong with the active bot and what to do, asks and answers, and names the keys.
func (m *model) foot(p picture) []string {
	line := p.Faint(strings.Repeat("─", p.width))
	if b, ok := m.current(); ok && m.asking != nil {
		question := p.Bold(fmt.Sprintf(" %s %s? [y/N]", m.asking.word, terminal.Printable(b.Name)))
		return []string{line, question, " " + m.asking.effect, p.Faint(m.keys())}
	}
	notice := m.notice
	if notice == "" && m.link.err != nil {
		notice = "no connection to the daemon: " + m.link.err.Error()
	}
	return []string{line, m.trouble(p), " " + terminal.Fit(notice, max(1, p.width-2)), p.Faint(m.keys())}
}

// trouble is one line: the error of the active bot, and the remedy.
func (m *model) trouble(p picture) string {
	b, ok := m.current()
	if !ok || m.open != "" {
		return ""
	}
	text := trouble(b)
	if hint := remedy(b); hint != "" {
		text = strings.TrimPrefix(text+" ▸ "+hint, " ▸ ")
	}
	line := " " + terminal.Fit(text, max(1, p.width-2))
	if b.PlatformState == "fatal" {
		return p.Paint(lipgloss.Red, line)
	}
	return line
}

func (m *model) keys() string {
	switch {
	case m.asking != nil:
		return " y confirm  any other key cancels"
	case m.searching:
		return " type to search  enter keeps  esc clears"
	case m.open != "":
		return " esc back  ↑↓ other bots  r reconnect  w wake  z sleep  d disable  e enable"
	}
	if m.table {
		return " esc back  / search  q quit"
	}
	keys := " enter details  / search  f filter  s sort  r w z d e actions  q quit"
	if m.fleet.clustered() {
		keys = strings.Replace(keys, "  q quit", "  n nodes  q quit", 1)
	}
	return keys
}

// details is all that the daemon tells of a bot, in as many lines as there are.
func (m *model) details(p picture) []string {
	b, ok := m.fleet.bots[m.open]
	if !ok {
		return []string{"", "  This bot was removed from the configuration."}
	}
	tick := m.fleet.present(m.now)
	since, _ := time.Parse(time.RFC3339, b.Since)
	state := p.Paint(terminal.StateColour(b.PlatformState), terminal.StateSign(b.State)+" "+b.PlatformState)
	if b.isUndelivered() {
		state += "  " + p.Paint(undeliveredColour, undeliveredSign+" "+deliveryWords[b.Delivery.State])
	}
	lines := []string{
		" " + p.Bold(terminal.Printable(b.Name)) + "  " + state + "  " +
			p.Faint(fmt.Sprintf("%s for %s", conditionOf(b), m.now.Add(m.fleet.ahead).Sub(since).Round(time.Second))),
		" " + p.Faint(terminal.Fit(identitiesOf(b), max(1, p.width-2))),
		fmt.Sprintf(" %s %s frames/s", b.traffic.spark(tick, min(window, max(10, p.width-16))), rateText(b.traffic.rate(tick))),
	}
	lines = append(lines, m.errorLines(p, b)...)
	return append(lines, m.facts(p, b)...)
}

func conditionOf(b *bot) string {
	switch b.Cause {
	case fleet.Revoked:
		return "credential revoked"
	case fleet.ByConfig:
		return "by the configuration"
	case fleet.ByOperator:
		return "by an operator"
	}
	return stateText(b)
}

func identitiesOf(b *bot) string {
	var all []string
	for _, identity := range b.Identities {
		all = append(all, strings.TrimSuffix(identity.Platform+" "+identity.BotID, " "))
	}
	return strings.Join(all, ", ")
}

func (m *model) errorLines(p picture, b *bot) []string {
	failure := trouble(b)
	if failure == "" && b.Error != "" {
		failure = "recovered from: " + b.Error
	}
	var lines []string
	for _, text := range []string{failure, remedy(b)} {
		if text != "" {
			block := lipgloss.NewStyle().Width(max(10, p.width-4)).Render(terminal.Printable(text))
			lines = append(lines, strings.Split(block, "\n")...)
		}
	}
	for i, line := range lines {
		lines[i] = "  " + strings.TrimRight(line, " ")
	}
	return lines
}

// facts stand in two columns where the screen is wide enough for them.
func (m *model) facts(p picture, b *bot) []string {
	c := b.Counters
	if m.full.Name == b.Name {
		c = m.full.Counters
	}
	facts := [][2]any{
		{"attempts", b.Attempt}, {"next dial", orNone(m.dial(b))}, {"generation", b.Generation}, {"handshakes", b.Handshakes},
		{"starts", b.Starts}, {"last close", orNone(strings.TrimSpace(closeText(b)))}, {"pending", b.Pending}, {"queued", b.Queued},
		{"requests", c.Requests}, {"resolved", c.Resolved}, {"handled", c.Handled}, {"tried again", c.Retried},
		{"dead letters", c.DeadLettered}, {"given up", c.Abandoned}, {"frames in", c.FramesIn}, {"frames out", c.FramesOut},
		{"bytes in", c.BytesIn}, {"bytes out", c.BytesOut}, {"clock skew", time.Duration(b.ClockSkew) * time.Second}, {"delivered by", b.Deliver},
	}
	if c.Displaced > 0 {
		facts = append([][2]any{{"displaced", c.Displaced}}, facts...)
	}
	facts = append(m.deliveryFacts(b), facts...)
	if m.fleet.clustered() {
		facts = append([][2]any{{"node", orNone(b.Node)}, {"epoch", b.Epoch}}, facts...)
	}
	width := min(36, max(10, p.width/2-2))
	cell := func(fact [2]any) string {
		return p.Faint(terminal.Fit(fact[0].(string), 13)) + terminal.Fit(fmt.Sprint(fact[1]), max(1, width-13))
	}
	var lines []string
	for i := 0; i < len(facts); i += 2 {
		lines = append(lines, "  "+cell(facts[i])+cell(facts[i+1]))
	}
	return lines
}

func closeText(b *bot) string {
	if b.CloseCode == 0 {
		return ""
	}
	return fmt.Sprintf("%d %s", b.CloseCode, b.CloseReason)
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}
