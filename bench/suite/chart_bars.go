package suite

import (
	svg "github.com/ajstarks/svgo/float"

	"hermod/bench/draw"
	"hermod/bench/workload"
)

// bars has one horizontal bar per row, from zero to the median, with a whisker from the minimum to the maximum.
type bars struct {
	title, unit string
	rows        []RowReport
	per         float64 // how much one of unit is
	goal        float64 // marked across the bars; 0: none
}

// halo keeps a line behind a text from crossing it.
const halo = `stroke="#ffffff" stroke-width="4" paint-order="stroke"`

func (b bars) draw(p *svg.SVG, a area) {
	if b.title != "" {
		draw.Text(p, (a.left+a.right)/2, a.top+12, b.title, 15, ink, "middle", bolder)
		a.top += 22
	}
	a.left += 104 // the clients' names
	a.bottom -= belowHeight
	m := metricByName(b.rows[0].Headline)
	x := fromZero(max(top(b.rows)*1.22, b.goal*1.1), b.per, b.unit) // room for the figures
	x.drawBelow(p, a)
	if b.goal > 0 {
		at := a.across(x.share(b.goal))
		line(p, at, a.top, at, a.bottom, muted, `stroke-dasharray="5 4"`)
	}
	each := (a.bottom - a.top) / float64(len(b.rows))
	for i, row := range b.rows {
		middle := a.top + (float64(i)+0.5)*each
		thick := min(20, each*0.7)
		s, _ := row.summary(m.name)
		p.Rect(a.left, middle-thick/2, a.across(x.share(s.Median))-a.left, thick, `fill="`+clientColors[row.Spec.Client]+`"`)
		levelWhisker(p, a.across(x.share(s.Min)), a.across(x.share(s.Max)), middle)
		look := []string{halo}
		if row.Spec.Client == workload.Hermod {
			look = append(look, bolder)
		}
		draw.Text(p, a.left-8, middle+4.5, row.Spec.Client, 13, ink, "end", look...)
		draw.Text(p, a.across(x.share(s.Max))+9, middle+4.5, m.format(s.Median), 13, ink, "start", look...)
	}
	line(p, a.left, a.top, a.left, a.bottom, muted)
}

// throughputChart shows frames a second of the loads that differ most.
func throughputChart(r *Report) (chart, bool) {
	c := chart{file: "throughput.svg", title: "Throughput: more is better",
		note: r.note("bars: median; whiskers: least and most of the runs" + rawLimit(r))}
	for _, of := range []struct{ scenario, title string }{
		{"inbound-420", "Inbound, 420 B events"},
		{"inbound-4k", "Inbound, 4 KiB events"},
		{"outbound-64", "Outbound, 64 in flight"},
		{"outbound-1024", "Outbound, 1,024 in flight"},
	} {
		// The raw limit does none of the duties, and would make the others' bars too short to compare.
		rows := r.measured(of.scenario, workload.Raw)
		if len(rows) == 0 {
			continue
		}
		unit, per := "thousand frames a second", 1e3
		if top(rows) >= 1e6 {
			unit, per = "million frames a second", 1e6
		}
		c.panels = append(c.panels, bars{title: of.title, unit: unit, rows: rows, per: per})
	}
	c.height = 116 + 290*float64((len(c.panels)+1)/2)
	return c, len(c.panels) > 0
}

// rawLimit says what is not drawn.
func rawLimit(r *Report) string {
	row, _ := r.row("inbound-420/" + workload.Raw)
	if s, ok := row.summary(workload.FramesPerSecond); ok {
		return "; not drawn: counting the bytes of 420 B events, " + rate(s.Median)
	}
	return ""
}

// memoryChart shows the memory of an idle relay, without and with TLS.
func memoryChart(r *Report) (chart, bool) {
	c := chart{file: "memory.svg", title: "Memory per idle relay: less is better", height: 406,
		note: r.note("everything in the process included; bars: median; whiskers: least and most of the runs; dashed: the goals of hermod, 3.2 and 20 KiB")}
	for _, of := range []struct {
		title     string
		goal      float64
		scenarios []string
	}{
		{"ws://, 10,000 in a process", 3277, []string{"idle-10000", "idle-run-10000"}},
		{"wss://, 2,000 in a process", 20 << 10, []string{"idle-2000-tls"}},
	} {
		var rows []RowReport
		for _, scenario := range of.scenarios {
			rows = append(rows, r.measured(scenario, "")...)
		}
		if len(rows) > 0 {
			c.panels = append(c.panels, bars{title: of.title, unit: "KiB of resident memory a relay", rows: rows, per: 1024, goal: of.goal})
		}
	}
	return c, len(c.panels) > 0
}

// measured returns the rows of a scenario that completed, without the given client.
func (r *Report) measured(scenario, without string) []RowReport {
	var rows []RowReport
	for _, row := range r.Rows {
		_, ok := row.summary(row.Headline)
		if ok && row.Scenario == scenario && row.Failure == "" && row.Spec.Client != without {
			rows = append(rows, row)
		}
	}
	return rows
}

func top(rows []RowReport) float64 {
	most := 0.0
	for _, row := range rows {
		s, _ := row.summary(row.Headline)
		most = max(most, s.Max)
	}
	return most
}
