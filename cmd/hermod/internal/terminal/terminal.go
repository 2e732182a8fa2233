package terminal

import (
	"image/color"
	"strings"
	"unicode"

	"charm.land/lipgloss/v2"

	"hermod/actors"
)

// StateColour is the colour of a platform state; nil is the terminal's own. A disabled bot is not a failure: somebody
// took its credential away on purpose.
func StateColour(platformState string) color.Color {
	switch platformState {
	case "connected":
		return lipgloss.Green
	case "retrying", "unknown":
		return lipgloss.Yellow
	case "fatal":
		return lipgloss.Red
	}
	return nil
}

// StateSign tells states apart where there is no colour.
func StateSign(state actors.State) string {
	switch state {
	case actors.Ready:
		return "●"
	case actors.Dormant:
		return "◐"
	case actors.Disabled, actors.Closed:
		return "○"
	case actors.Failed:
		return "✗"
	case "unknown": // of a bot of a cluster, whose node does not answer
		return "?"
	}
	return "◌"
}

// Style says what a screen may use besides text.
type Style struct {
	Colours bool
	Accents bool // bold and faint
}

// Paint gives text a colour; nil is the terminal's own.
func (s Style) Paint(c color.Color, text string) string {
	if !s.Colours || c == nil {
		return text
	}
	return lipgloss.NewStyle().Foreground(c).Render(text)
}

// Bold returns text in bold.
func (s Style) Bold(text string) string {
	if !s.Accents {
		return text
	}
	return lipgloss.NewStyle().Bold(true).Render(text)
}

// Faint returns text in a faint face.
func (s Style) Faint(text string) string {
	if !s.Accents {
		return text
	}
	return lipgloss.NewStyle().Faint(true).Render(text)
}

// Printable puts text on one line and drops what could move the cursor or join cells: terminals do not agree on the
// width of what is joined.
func Printable(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, text)
}

// Fit makes text exactly width cells wide, on one line.
func Fit(text string, width int) string {
	text = Printable(text)
	switch {
	case lipgloss.Width(text) <= width:
	case width > 1:
		text = lipgloss.NewStyle().MaxWidth(width-1).Render(text) + "…"
	default:
		text = "" // a MaxWidth of 0 is none
	}
	return text + strings.Repeat(" ", max(0, width-lipgloss.Width(text)))
}
