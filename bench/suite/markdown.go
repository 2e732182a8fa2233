package suite

import (
	"fmt"
	"strings"
	"time"
)

// origin says in a line where and how a report was measured.
func (r *Report) origin() string {
	m := r.Machine
	parts := []string{r.Started.UTC().Format("2006-01-02 15:04 UTC")}
	if m.CPU != "" {
		parts = append(parts, m.CPU)
	}
	parts = append(parts, fmt.Sprintf("%d cores", m.Cores))
	if m.Memory > 0 {
		parts = append(parts, size(m.Memory))
	}
	parts = append(parts, strings.TrimSpace(m.OS+"/"+m.Arch+" "+m.Kernel), m.Go, "commit "+shortCommit(r.Commit))
	for _, name := range settingNames {
		if value := m.Settings[name]; value != "" {
			parts = append(parts, name+"="+value)
		}
	}
	return strings.Join(parts, ", ")
}

func shortCommit(commit string) string {
	hash, rest, _ := strings.Cut(commit, " ")
	return strings.TrimSpace(hash[:min(len(hash), 12)] + " " + rest)
}

// markdown is the report as a page; charts are the names of its pictures, in the same folder.
func (r *Report) markdown(charts []chart) string {
	var text strings.Builder
	fmt.Fprintf(&text, "# Benchmark results\n\n`%s`\n\n%s. %s of each row, interleaved, in %s. A figure is the median of its runs. "+
		"“To hermod” is a row's figure divided by Hermod's of the same round, as the median over the rounds. "+
		"[bench/README.md](../README.md) explains the rows and why the comparison is fair; [results.json](results.json) has every run.\n",
		r.Command, r.origin(), runs(r.Rounds), time.Duration(r.Seconds*float64(time.Second)).Round(time.Second))
	if r.Machine.Load > busyLoad {
		fmt.Fprintf(&text, "\nThe machine was not idle: its load average was %.2f when the program started.\n", r.Machine.Load)
	}
	text.WriteString("\n## Goals\n\n" + r.goalTable())
	for _, c := range charts {
		fmt.Fprintf(&text, "\n![%s](%s)\n", c.title, c.file)
	}
	for _, s := range sections(r, true) {
		fmt.Fprintf(&text, "\n## %s\n\n", upperFirst(s.title))
		if s.remark != "" {
			fmt.Fprintf(&text, "%s.\n\n", upperFirst(s.remark))
		}
		text.WriteString(s.markdown())
	}
	if left := leftOutLines(r.LeftOut); left != "" {
		text.WriteString("\n## Left out\n\n" + left)
	}
	return text.String()
}

func (r *Report) goalTable() string {
	var text strings.Builder
	text.WriteString("| goal | value | min … max | want | |\n| --- | ---: | ---: | ---: | --- |\n")
	for _, o := range r.Outcomes {
		if o.Value == nil {
			fmt.Fprintf(&text, "| %s | – | | %s %s | not measured: %s |\n", o.Goal, o.Op, o.want(), o.Why)
			continue
		}
		v := *o.Value
		fmt.Fprintf(&text, "| %s | **%s** | %s … %s | %s %s | %s |\n",
			o.Goal, o.number(v.Median), o.number(v.Min), o.number(v.Max), o.Op, o.want(), o.verdict())
	}
	return text.String()
}

func (s section) markdown() string {
	var text strings.Builder
	text.WriteString("| " + strings.Join(s.header, " | ") + " |\n| --- |" + strings.Repeat(" ---: |", len(s.header)-1) + "\n")
	for _, row := range s.rows {
		cells := append(append([]string{}, row...), make([]string, len(s.header)-len(row))...)
		cells[1] = "**" + cells[1] + "**"
		text.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	return text.String()
}

func runs(n int) string {
	if n == 1 {
		return "1 run"
	}
	return fmt.Sprintf("%d runs", n)
}

func upperFirst(text string) string {
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
