package main

import (
	"image/color"
	"strings"
	"unicode"

	"hermod/actors"
	"hermod/messages"

	"charm.land/lipgloss/v2"
)

// stateColour is the colour of a platform state; nil is the terminal's own. A disabled bot is not a failure: somebody
// took its credential away on purpose.
func stateColour(platformState string) color.Color {
	switch platformState {
	case "connected":
		return lipgloss.Green
	case "retrying":
		return lipgloss.Yellow
	case "fatal":
		return lipgloss.Red
	}
	return nil
}

// stateSign tells states apart where there is no colour.
func stateSign(state actors.State) string {
	switch state {
	case messages.Ready:
		return "●"
	case messages.Dormant:
		return "◐"
	case messages.Disabled, messages.Closed:
		return "○"
	case messages.Failed:
		return "✗"
	}
	return "◌"
}

func (p demoPicture) paint(c color.Color, text string) string {
	if !p.colours || c == nil {
		return text
	}
	return lipgloss.NewStyle().Foreground(c).Render(text)
}

func (p demoPicture) bold(text string) string {
	if !p.accents {
		return text
	}
	return lipgloss.NewStyle().Bold(true).Render(text)
}

func (p demoPicture) faint(text string) string {
	if !p.accents {
		return text
	}
	return lipgloss.NewStyle().Faint(true).Render(text)
}

// printable puts text on one line and drops what could move the cursor or join cells: terminals do not agree on the
// width of what is joined.
func printable(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) || unicode.Is(unicode.Variation_Selector, r) {
			return -1
		}
		return r
	}, text)
}
