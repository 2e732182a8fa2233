package demo

import (
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"golang.org/x/term"

	"hermod/cmd/hermod/internal/terminal"
)

// Control sequences of every terminal since the VT100, but for the cursor's visibility, which is younger.
const (
	cursorHome = "\x1b[H"
	clearLine  = "\x1b[K" // from the cursor to the end of the line
	clearBelow = "\x1b[J" // from the cursor to the end of the screen
	hideCursor = "\x1b[?25l"
	showCursor = "\x1b[?25h"
)

// liveView is the view of a terminal: a picture that is redrawn in place and stays there at the end.
type liveView struct {
	out     io.Writer
	size    func() (width, height int)
	colours bool
}

// newView returns a live view for a terminal, and plain lines for everything else.
func newView(out io.Writer) view {
	file, ok := out.(*os.File)
	if !ok || !term.IsTerminal(int(file.Fd())) || os.Getenv("TERM") == "dumb" {
		return &plainView{out: out}
	}
	return &liveView{out: out, colours: os.Getenv("NO_COLOR") == "", size: func() (int, int) {
		if width, height, err := term.GetSize(int(file.Fd())); err == nil && width > 0 && height > 0 {
			return width, height
		}
		return 80, 24
	}}
}

// open moves what is on the screen out of the way, to where the user can scroll back to it.
func (v *liveView) open() {
	_, height := v.size()
	v.write(strings.Repeat("\n", height-1) + hideCursor)
}

func (v *liveView) release() { v.write(showCursor) }

func (v *liveView) show(s snapshot) {
	width, height := v.size()
	lines := v.compose(s, width, height)
	v.draw(lines[:min(len(lines), height-1)], width)
}

// end leaves the cursor below the picture, with room for the prompt that follows. A picture that does not fit scrolls,
// since nothing is drawn over it any more.
func (v *liveView) end(s snapshot) {
	width, height := v.size()
	v.draw(v.compose(s, width, height-2), width)
}

// compose puts the picture together. When the screen is low, the story gives way.
func (v *liveView) compose(s snapshot, width, height int) []string {
	// A full last column would wrap on some terminals.
	p := picture{Style: terminal.Style{Colours: v.colours, Accents: true}, width: width - 1}
	lines, table := p.head(s), p.table(s)
	if len(lines)+1+len(table) < height {
		lines = append(lines, "")
	}
	lines = append(lines, table...)
	var end []string
	if s.account != nil {
		end = append([]string{""}, p.account(*s.account)...)
	}
	if room := height - 1 - len(lines) - len(end) - 1; room > 0 {
		lines = append(append(lines, ""), p.story(s, room)...)
	}
	return append(lines, end...)
}

func (v *liveView) draw(lines []string, width int) {
	var frame strings.Builder
	frame.WriteString(cursorHome)
	clip := lipgloss.NewStyle().MaxWidth(max(1, width-1))
	for _, line := range lines {
		frame.WriteString(clip.Render(line) + clearLine + "\r\n")
	}
	frame.WriteString(clearBelow)
	v.write(frame.String())
}

// write ignores errors: a terminal that is gone ends the demo by a signal.
func (v *liveView) write(text string) { _, _ = io.WriteString(v.out, text) }
