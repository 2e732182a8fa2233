package suite

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"charm.land/lipgloss/v2"
	"charm.land/lipgloss/v2/table"
)

// printReport writes the report for a terminal. The goals are the last lines.
func printReport(out io.Writer, r *Report) error {
	var text strings.Builder
	fmt.Fprintf(&text, "%s\n%s\n", bold(r.Command), faint(r.origin()))
	for _, s := range sections(r, false) {
		fmt.Fprintf(&text, "\n%s\n", bold(s.title))
		if s.remark != "" {
			text.WriteString(faint(s.remark) + "\n")
		}
		text.WriteString(s.table() + "\n")
	}
	for _, row := range r.Rows {
		if row.Failure != "" {
			fmt.Fprintf(&text, "\n%s %s\n", bold(row.ID+" failed:"), row.Failure)
		}
	}
	fmt.Fprintf(&text, "\n%s\n", leftOutLines(r.LeftOut))
	for _, o := range r.Outcomes {
		text.WriteString(o.paint() + "\n")
	}
	_, err := lipgloss.Fprint(out, text.String()) // without colours where out is no terminal
	return err
}

func (s section) table() string {
	t := table.New().Headers(s.header...).Border(lipgloss.NormalBorder()).
		BorderTop(false).BorderBottom(false).BorderLeft(false).BorderRight(false).BorderColumn(false).
		BorderStyle(lipgloss.NewStyle().Faint(true)).
		StyleFunc(func(row, column int) lipgloss.Style {
			style := lipgloss.NewStyle().PaddingRight(2)
			if column > 0 {
				style = style.Align(lipgloss.Right)
			}
			switch {
			case row == table.HeaderRow:
				return style.Faint(true)
			case column == 1:
				return style.Bold(true)
			}
			return style
		})
	for _, row := range s.rows {
		t.Row(row...)
	}
	return t.String()
}

// leftOutLines says once for each reason which clients were left out, or which rows where time was the reason.
func leftOutLines(left []LeftOut) string {
	var whys []string
	clients := make(map[string][]string)
	for _, l := range left {
		_, client, _ := strings.Cut(l.Row, "/")
		if l.Why == noTime {
			client = l.Row
		}
		if clients[l.Why] == nil {
			whys = append(whys, l.Why)
		}
		if !slices.Contains(clients[l.Why], client) {
			clients[l.Why] = append(clients[l.Why], client)
		}
	}
	var text strings.Builder
	for _, why := range whys {
		fmt.Fprintf(&text, "left out (%s): %s\n", why, strings.Join(clients[why], ", "))
	}
	return text.String()
}

func (o Outcome) paint() string {
	line := o.String()
	switch {
	case o.Value == nil:
		return faint(line)
	case o.Met:
		return strings.TrimSuffix(line, "ok") + lipgloss.NewStyle().Foreground(lipgloss.Green).Render("ok")
	}
	return strings.TrimSuffix(line, "SHORT") + lipgloss.NewStyle().Foreground(lipgloss.Red).Render("SHORT")
}

func bold(text string) string { return lipgloss.NewStyle().Bold(true).Render(text) }

func faint(text string) string { return lipgloss.NewStyle().Faint(true).Render(text) }
