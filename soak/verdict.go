package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"hermod/soak/chart"
)

// warmUp is the share of the run before anything is compared: caches fill, and the runtime finds its size. Of the rest,
// the first of so many tenths is compared with the last.
const (
	warmUp = 0.2
	tenths = 10
)

// verdict says how much each figure was in the first and the last tenth after the warm-up.
type verdict struct {
	samples     []sample
	seconds     float64
	first, last []float64 // lower quartiles: what grows without an end lifts them too, and the peak of a reload does not
	grown       int
}

func judge(samples []sample, length time.Duration) verdict {
	v := verdict{samples: samples, seconds: length.Seconds()}
	for i, f := range figures {
		first, last := v.quartile(i, v.begin(0), v.begin(1)), v.quartile(i, v.begin(tenths-1), v.seconds+1)
		v.first, v.last = append(v.first, first), append(v.last, last)
		if f.grew(first, last) {
			v.grown++
		}
	}
	return v
}

func (f figure) grew(first, last float64) bool { return last > first+f.share*first+f.slack }

// begin is when the n-th tenth begins, in seconds.
func (v verdict) begin(n int) float64 { return v.seconds * (warmUp + (1-warmUp)*float64(n)/tenths) }

// quartile is what a quarter of a figure's samples between two times is not above.
func (v verdict) quartile(i int, from, to float64) float64 {
	var values []float64
	for _, s := range v.samples {
		if from <= s.at && s.at < to {
			values = append(values, s.values[i])
		}
	}
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/4]
}

func (v verdict) print(out io.Writer, w *world, left int) {
	for _, line := range w.told() {
		fmt.Fprintln(out, line)
	}
	fmt.Fprintf(out, "at the end, %d deliveries were not acknowledged\n\n", left)
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	fmt.Fprintln(table, "figure\tunit\tfirst tenth\tlast tenth\tmay be\t")
	for i, f := range figures {
		bound, verdict := fmt.Sprintf("%.1f", v.first[i]*(1+f.share)+f.slack), "flat"
		switch {
		case f.share == anything:
			bound, verdict = "", "not judged"
		case f.grew(v.first[i], v.last[i]):
			verdict = "GREW"
		}
		fmt.Fprintf(table, "%s\t%s\t%.1f\t%.1f\t%s\t%s\n", f.name, f.unit, v.first[i], v.last[i], bound, verdict)
	}
	_ = table.Flush()
}

// told is what happened.
func (w *world) told() []string {
	return []string{
		fmt.Sprintf("%d bots for %v: %d events sent, %d handled with their repeats; %d requests, %d of them failed", w.bots, w.length,
			w.sent.Load(), w.handled.Load(), w.requests.Load(), w.failed.Load()),
		fmt.Sprintf("%d connections broken, %d reloads; webhooks, streams, subprocesses and gateways behind, some slow, some failing",
			w.cuts.Load(), w.reloads.Load()),
	}
}

func (v verdict) picture(w *world) chart.Picture {
	p := chart.Picture{Title: "What a daemon holds under load and trouble", Notes: append(w.told(),
		"compared: the lower quartiles of the first and of the last tenth after the warm-up")}
	for i, f := range figures {
		line := chart.Line{Color: chart.Blue}
		for _, s := range v.samples {
			line.Points = append(line.Points, chart.Point{X: s.at, Y: s.values[i]})
		}
		lines := []chart.Line{line}
		if f.share != anything {
			lines = append(lines, v.limit(i))
		}
		p.Panels = append(p.Panels, chart.Panel{Title: f.name, Unit: f.unit, Seconds: v.seconds,
			Note:  fmt.Sprintf("first tenth %.1f, last %.1f", v.first[i], v.last[i]),
			Lines: lines,
			Shades: []chart.Shade{{From: 0, To: v.begin(0), Color: chart.Pale, Word: "warm-up"},
				{From: v.begin(0), To: v.begin(1), Color: chart.Amber},
				{From: v.begin(tenths - 1), To: v.seconds, Color: chart.Amber}}})
	}
	return p
}

// limit is the line that a figure must end below.
func (v verdict) limit(i int) chart.Line {
	f := figures[i]
	bound, color := v.first[i]*(1+f.share)+f.slack, chart.Green
	if f.grew(v.first[i], v.last[i]) {
		color = chart.Orange
	}
	return chart.Line{Name: "may be", Color: color, Dashed: true,
		Points: []chart.Point{{X: v.begin(0), Y: bound}, {X: v.seconds, Y: bound}}}
}
