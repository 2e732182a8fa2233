package main

import (
	"fmt"
	"image/color"
	"io"
	"os"
	"strings"

	"charm.land/lipgloss/v2"
	"golang.org/x/term"

	"hermod/check"
	"hermod/cmd/hermod/internal/terminal"
)

// checkNameWidth is that of the longest name of a check.
const checkNameWidth = 26

// checkScreen prints results for people: in colours on a terminal, unless NO_COLOR is set.
type checkScreen struct {
	out   io.Writer
	style terminal.Style
}

func newCheckScreen(out io.Writer) *checkScreen {
	file, ok := out.(*os.File)
	isTerminal := ok && term.IsTerminal(int(file.Fd())) && os.Getenv("TERM") != "dumb"
	return &checkScreen{out: out, style: terminal.Style{Colours: isTerminal && os.Getenv("NO_COLOR") == "", Accents: isTerminal}}
}

// verdictSigns tell verdicts apart where there is no colour.
var verdictSigns = map[check.Verdict]struct {
	sign   string
	colour color.Color
}{
	check.OK:            {"✓ ok    ", lipgloss.Green},
	check.Broken:        {"✗ BROKEN", lipgloss.Red},
	check.NotApplicable: {"- n/a   ", nil},
}

// result prints one result when it is there.
func (s *checkScreen) result(r check.Result) {
	sign := verdictSigns[r.Verdict]
	text := r.Rule
	if r.Verdict != check.OK {
		text = r.Reason
	}
	line := fmt.Sprintf("%s  %s  %s", s.style.Paint(sign.colour, sign.sign),
		terminal.Fit(r.Name, checkNameWidth), terminal.Printable(text))
	if r.Verdict == check.NotApplicable {
		line = s.style.Faint(line)
	}
	fmt.Fprintln(s.out, line)
	if r.Verdict != check.Broken {
		return
	}
	for line := range strings.Lines(r.Evidence()) {
		label, rest := line[:10], terminal.Printable(line[10:])
		fmt.Fprintf(s.out, "            %s%s\n", s.style.Faint(label), rest)
	}
}

// summary ends the report.
func (s *checkScreen) summary(r check.Report) {
	seconds := 0.0
	for _, result := range r.Results {
		seconds += result.Seconds
	}
	broken := fmt.Sprintf("%d broken", r.Count(check.Broken))
	if r.Count(check.Broken) > 0 {
		broken = s.style.Bold(s.style.Paint(lipgloss.Red, broken))
	}
	ok := s.style.Paint(lipgloss.Green, fmt.Sprintf("%d ok", r.Count(check.OK)))
	fmt.Fprintf(s.out, "\n%s, %s, %d not applicable, in %.1f s\n", ok, broken, r.Count(check.NotApplicable), seconds)
}

// list prints the checks of one kind.
func (s *checkScreen) list(kind string, checks []check.Check) {
	fmt.Fprintf(s.out, "%s\n", s.style.Bold("hermod check "+kind))
	for _, c := range checks {
		var notes []string
		if c.Slow {
			notes = append(notes, "--slow")
		}
		if c.Destructive {
			notes = append(notes, "--destructive")
		}
		note := ""
		if len(notes) > 0 {
			note = " (" + strings.Join(notes, ", ") + ")"
		}
		fmt.Fprintf(s.out, "  %s  %s  %s%s\n", terminal.Fit(c.Name, checkNameWidth), s.style.Faint(terminal.Fit(c.Section, 25)), c.Rule, note)
	}
}

// checkReport is what --json prints.
type checkReport struct {
	OK            int            `json:"ok"`
	Broken        int            `json:"broken"`
	NotApplicable int            `json:"not_applicable"`
	Results       []check.Result `json:"results"`
}

func jsonReport(r check.Report) checkReport {
	return checkReport{r.Count(check.OK), r.Count(check.Broken), r.Count(check.NotApplicable), r.Results}
}
