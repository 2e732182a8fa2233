package terminal_test

import (
	"testing"

	"charm.land/lipgloss/v2"

	"hermod/cmd/hermod/internal/terminal"
)

func TestFitMakesTextExactlyAsWideAsAsked(t *testing.T) {
	for _, text := range []string{"", "plain", "おはよう。今日は", "multi\nline\x1b[31m and\ta tab", "🍅🍅🍅", "👨‍👩‍👧 family ❤️"} {
		for width := range 20 {
			if got := terminal.Fit(text, width); lipgloss.Width(got) != width {
				t.Errorf("%q in %d cells is %q, %d cells", text, width, got, lipgloss.Width(got))
			}
		}
	}
}

func TestPrintableTextCannotMoveTheCursor(t *testing.T) {
	if got := terminal.Printable(" a\tb\r\nc\x1b[2J\u200d "); got != "a b c[2J" {
		t.Errorf("got %q", got)
	}
}

func TestAStyleWithoutColoursAndAccentsLeavesTextAsItIs(t *testing.T) {
	var plain terminal.Style
	if got := plain.Paint(lipgloss.Red, plain.Bold(plain.Faint("text"))); got != "text" {
		t.Errorf("got %q", got)
	}
}
