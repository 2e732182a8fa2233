package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"

	"hermod/soak/chart"
)

// report compares a storm with its ideal.
type report struct {
	options
	storm
	ideal  ideal
	dials  []float64       // of each second
	total  int             // of all
	ready  []time.Duration // when relays were ready for good, sorted
	faults []string
}

// More dials than these shares of the ideal's are a second storm: in all, and in the worst second.
const (
	mayDialInAll = 1.05
	mayDialAtOne = 1.25
)

func compare(o options, s storm, m measured) report {
	s.phases = m.phases
	r := report{options: o, storm: s, ideal: s.ideal(o.relays)}
	ready, own := map[int]time.Duration{}, map[int][]time.Duration{}
	early := 0
	for _, e := range m.events {
		at := e.at.Sub(time.Time{})
		switch e.what {
		case dialled:
			for len(r.dials) <= int(at/time.Second) {
				r.dials = append(r.dials, 0)
			}
			r.dials[at/time.Second]++
			r.total++
			if s.tooEarly(own[e.relay], at) {
				early++
			}
			own[e.relay] = append(own[e.relay], at)
		case isReady:
			ready[e.relay] = at
		case isLost:
			delete(ready, e.relay)
		case isOver:
			r.faults = append(r.faults, fmt.Sprintf("relay %d has ended", e.relay))
		}
	}
	for _, at := range ready {
		r.ready = append(r.ready, at)
	}
	slices.Sort(r.ready)
	r.judge(early, m.over)
	return r
}

// tooEarly says that a relay which dialled before at these times dials sooner than any jitter of its rung allows. A
// rung may be higher than the number of the dial, never lower.
func (s storm) tooEarly(before []time.Duration, at time.Duration) bool {
	n, since := len(before), time.Duration(0)
	if n > 0 {
		since = before[n-1]
	} else if s.isNew {
		return false // the first dial of all waits for nothing
	}
	if !s.isNew {
		n++
	}
	return at-since < policy.Backoff.Delay(n, 0)-time.Millisecond
}

func (r *report) judge(early int, over bool) {
	if early > 0 {
		r.faults = append(r.faults, fmt.Sprintf("%d dials came before the ladder allows them", early))
	}
	if over || len(r.ready) < r.relays {
		r.faults = append(r.faults, fmt.Sprintf("%d of %d relays are ready at the end", len(r.ready), r.relays))
	}
	if most := mayDialInAll*r.ideal.total + 5*math.Sqrt(r.ideal.total); float64(r.total) > most {
		r.faults = append(r.faults, fmt.Sprintf("%d dials, the rules explain %.0f", r.total, most))
	}
	peak := slices.Max(r.ideal.dials)
	if most := mayDialAtOne*peak + 5*math.Sqrt(peak); len(r.dials) > 0 && slices.Max(r.dials) > most {
		r.faults = append(r.faults, fmt.Sprintf("%.0f dials in a second, the rules explain %.0f", slices.Max(r.dials), most))
	}
}

func (r report) print(out io.Writer) {
	fmt.Fprintf(out, "\n%s, %d relays, %s: %s\n", r.name, r.relays, r.scheme(), r.comment)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tmeasured\tideal\tmultiple\t")
	fmt.Fprintf(table, "dials\t%d\t%.0f\t%.2f\t\n", r.total, r.ideal.total, float64(r.total)/r.ideal.total)
	fmt.Fprintf(table, "dials in the worst second\t%.0f\t%.0f\t%.2f\t\n", slices.Max(r.dials), slices.Max(r.ideal.dials),
		slices.Max(r.dials)/slices.Max(r.ideal.dials))
	for _, share := range []float64{0.5, 0.99, 1} {
		name, got, best := r.readyAt(share)
		fmt.Fprintf(table, "%s\t%.1f s\t%.1f s\t%.2f\t\n", name, got.Seconds(), best.Seconds(), got.Seconds()/best.Seconds())
	}
	_ = table.Flush()
	fmt.Fprintln(out, "  second: dials measured/ideal")
	for second := range max(len(r.dials), len(r.ideal.dials)) {
		if got, best := at(r.dials, second), at(r.ideal.dials, second); got > 0 || best >= 0.5 {
			fmt.Fprintf(out, "  %d:%.0f/%.0f", second, got, best)
		}
	}
	fmt.Fprintln(out)
	for _, fault := range r.faults {
		fmt.Fprintln(out, "  BROKEN:", fault)
	}
}

func at(values []float64, i int) float64 {
	if i < len(values) {
		return values[i]
	}
	return 0
}

// readyAt is when this share of the relays was ready, and when it is in the ideal.
func (r report) readyAt(share float64) (name string, got, best time.Duration) {
	name = fmt.Sprintf("%.0f %% ready", 100*share)
	if n := int(math.Ceil(share * float64(r.relays))); n <= len(r.ready) {
		got = r.ready[n-1]
	}
	if share == 1 {
		return name, got, r.ideal.last
	}
	return name, got, r.ideal.quantile(share)
}

// panels are the dials of each second, and how many relays are ready.
func (r report) panels() []chart.Panel {
	seconds := float64(max(len(r.dials), len(r.ideal.dials)))
	bars := chart.Line{Name: "measured", Color: chart.Blue, Filled: true}
	steps := chart.Line{Name: "ideal", Color: chart.Orange}
	for second := range int(seconds) {
		bars.Points = append(bars.Points, chart.Point{X: float64(second), Y: at(r.dials, second)})
		best := at(r.ideal.dials, second)
		steps.Points = append(steps.Points, chart.Point{X: float64(second), Y: best},
			chart.Point{X: float64(second + 1), Y: best})
	}
	var shades []chart.Shade
	from := 0.0
	for i, p := range r.phases {
		until, color := p.until.Seconds(), chart.Pale
		if i == len(r.phases)-1 {
			until, color = seconds, "#ffffff"
		} else if i%2 == 1 {
			color = chart.Amber
		}
		shades = append(shades, chart.Shade{From: from, To: until, Color: color})
		from = until
	}
	return []chart.Panel{
		{Title: r.name + ": dials", Unit: "dials a second", Seconds: seconds, Shades: shades,
			Lines: []chart.Line{bars, steps},
			Note:  fmt.Sprintf("%d, ideal %.0f", r.total, r.ideal.total)},
		{Title: r.name + ": ready", Unit: "relays", Seconds: seconds, Shades: shades, Note: r.comment,
			Lines: []chart.Line{curve(r.ready, 1, seconds, "measured", chart.Blue),
				curve(r.ideal.ready, rounds, seconds, "ideal", chart.Orange)}},
	}
}

// curve counts relays that are ready, by time; each stands for one of so many.
func curve(ready []time.Duration, of int, seconds float64, name, color string) chart.Line {
	line := chart.Line{Name: name, Color: color, Points: []chart.Point{{}}}
	for i := 0; i < len(ready); i += max(1, len(ready)/400) {
		line.Points = append(line.Points, chart.Point{X: ready[i].Seconds(), Y: float64(i+1) / float64(of)})
	}
	line.Points = append(line.Points, chart.Point{X: seconds, Y: float64(len(ready)) / float64(of)})
	return line
}
