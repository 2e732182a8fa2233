package suite

import (
	"slices"
	"strings"

	"hermod/bench/workload"
)

// section is the rows of one scenario, as text in columns. The first column names the client.
type section struct {
	title  string
	header []string
	rows   [][]string
	remark string // how its rows differ from others; "" when they do not
}

// sections arranges a report by scenario, with or without the detailed metrics.
func sections(r *Report, details bool) []section {
	var all []section
	for rest := r.Rows; len(rest) > 0; {
		n := slices.IndexFunc(rest, func(row RowReport) bool { return row.Scenario != rest[0].Scenario })
		if n < 0 {
			n = len(rest)
		}
		all = append(all, newSection(rest[:n], r.Rounds, details))
		rest = rest[n:]
	}
	return all
}

func newSection(rows []RowReport, rounds int, details bool) section {
	headline := metricByName(rows[0].Headline)
	others := otherMetrics(rows, details)
	s := section{title: rows[0].Title, remark: remark(rows, rounds), header: []string{"client", headline.title, "min … max", "to hermod"}}
	for _, m := range others {
		s.header = append(s.header, m.title)
	}
	for _, row := range rows {
		s.rows = append(s.rows, cells(row, rows[0], headline, others))
	}
	return s
}

// otherMetrics are those beside the headline that some row has.
func otherMetrics(rows []RowReport, details bool) []metric {
	var others []metric
	for _, m := range metrics {
		has := func(row RowReport) bool { _, ok := row.summary(m.name); return ok }
		if m.name != rows[0].Headline && slices.ContainsFunc(rows, has) && (details || !m.detail) {
			others = append(others, m)
		}
	}
	return others
}

// cells of a row; first is the first row of its section, which the others are compared with.
func cells(row, first RowReport, headline metric, others []metric) []string {
	line := []string{row.Spec.Client}
	if row.Failure != "" {
		return append(line, "failed")
	}
	s, _ := row.summary(headline.name)
	line = append(line, headline.format(s.Median), span(s, headline), relative(row, first, headline))
	for _, m := range others {
		text := "–"
		if s, ok := row.summary(m.name); ok {
			text = m.format(s.Median)
		}
		line = append(line, text)
	}
	return line
}

// span is the range of a figure; a unit that both ends share is shown once.
func span(s Summary, m metric) string {
	low, high := m.format(s.Min), m.format(s.Max)
	if number, unit, ok := strings.Cut(low, " "); ok && strings.HasSuffix(high, " "+unit) {
		low = number
	}
	return low + " … " + high
}

// relative is the median, over the runs, of a row's figure to Hermod's of the same run.
func relative(row, first RowReport, m metric) string {
	if first.Spec.Client != workload.Hermod || row.ID == first.ID || first.Failure != "" {
		return ""
	}
	return times(summarize(paired(row.values(m.name), first.values(m.name), ratio)).Median)
}
