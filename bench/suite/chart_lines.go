package suite

import (
	"fmt"
	"math"

	"github.com/HdrHistogram/hdrhistogram-go"
	svg "github.com/ajstarks/svgo/float"

	"hermod/bench/draw"
	"hermod/bench/workload"
)

// curves has a line for each client.
type curves struct {
	x, y  axis
	lines []curve
}

// curve is a line through points. Points with a low and a high are marked, with a whisker.
type curve struct {
	client string
	points []point
}

type point struct {
	x, y, low, high float64
	ring            bool // marked as different in kind
}

func (c curves) draw(p *svg.SVG, a area) {
	a.left += besideWidth
	a.right -= 24 // half of the last label
	a.bottom -= belowHeight
	c.y.drawBeside(p, a)
	c.x.drawBelow(p, a)
	for _, curve := range c.lines { // Hermod comes first, as a broad line, so that a line on top of it stays visible
		width := `stroke-width="2"`
		if curve.client == workload.Hermod {
			width = `stroke-width="4"`
		}
		var xs, ys []float64
		for _, at := range curve.points {
			xs, ys = append(xs, a.across(c.x.share(at.x))), append(ys, a.up(c.y.share(at.y)))
		}
		color := clientColors[curve.client]
		p.Polyline(xs, ys, `fill="none"`, `stroke="`+color+`"`, width, `stroke-linejoin="round"`)
		for i, at := range curve.points {
			if at.high > 0 {
				inside := color
				if at.ring {
					inside = "#ffffff"
				}
				p.Circle(xs[i], ys[i], 4.5, `fill="`+inside+`"`, `stroke="`+color+`"`, `stroke-width="2"`)
				uprightWhisker(p, xs[i], a.up(c.y.share(at.low)), a.up(c.y.share(at.high)))
			}
		}
	}
}

func (c curves) clients() []string {
	var names []string
	for _, line := range c.lines {
		names = append(names, line.client)
	}
	return names
}

// The ends of the latency chart, and the points of a line between them.
const (
	leastPercentile = 10
	mostPercentile  = 99.99
	steps           = 200
)

// latencyChart shows the percentiles of round trips, as HdrHistogram's plots do: every further step to the right is ten
// times rarer.
func latencyChart(r *Report) (chart, bool) {
	var c curves
	low, high := math.Inf(1), 0.0
	for _, row := range r.measured("outbound-64", "") {
		h, err := row.histogram()
		if err != nil || h == nil {
			continue
		}
		line := curve{client: row.Spec.Client}
		for step := range steps + 1 {
			rare := rarity(leastPercentile) + (rarity(mostPercentile)-rarity(leastPercentile))*float64(step)/steps
			at := max(1, float64(h.ValueAtQuantile(100*(1-math.Pow(10, -rare))))) / 1e3
			line.points = append(line.points, point{x: rare, y: math.Log10(at)})
			low, high = min(low, at), max(high, at)
		}
		c.lines = append(c.lines, line)
	}
	if len(c.lines) == 0 {
		return chart{}, false
	}
	c.x = axis{low: rarity(leastPercentile), high: rarity(mostPercentile), label: "percentile of the requests"}
	for _, percentile := range []float64{leastPercentile, 50, 90, 99, 99.9, mostPercentile} {
		c.x.ticks = append(c.x.ticks, tick{rarity(percentile), draw.Trimmed(percentile)})
	}
	c.y = logarithmic(low, high, "µs from request to result (logarithmic)")
	return chart{file: "latency.svg", title: "Latency of 64 requests in flight: lower is better", height: 516, legend: c.clients(),
		note: r.note("the requests of all runs of a client in one HdrHistogram"), panels: []panel{c}}, true
}

// rarity of a percentile is how many powers of ten it takes to find one request above it.
func rarity(percentile float64) float64 { return -math.Log10(1 - percentile/100) }

// histogram of all runs of a row; nil if it has none.
func (r RowReport) histogram() (*hdrhistogram.Histogram, error) {
	var all *hdrhistogram.Histogram
	for _, run := range r.Runs {
		if run.Client.Latency == "" {
			continue
		}
		h, err := hdrhistogram.Decode([]byte(run.Client.Latency))
		if err != nil {
			return nil, fmt.Errorf("the latency histogram of %s: %w", r.ID, err)
		}
		if all == nil {
			all = h
		} else if dropped := all.Merge(h); dropped > 0 {
			return nil, fmt.Errorf("the latency histograms of %s have different bounds: %d values do not fit", r.ID, dropped)
		}
	}
	return all, nil
}

// scaleChart shows the cost of a frame when the same traffic is spread over more relays.
func scaleChart(r *Report) (chart, bool) {
	c := curves{x: axis{low: -0.1, high: 4.1, label: "relays in the process (logarithmic)", noGrid: true}}
	most := 0.0
	at := make(map[string]int) // the line of a client
	for _, sc := range scenarios {
		if sc.spec.Scenario != workload.Spread || sc.spec.TLS {
			continue
		}
		relays := float64(sc.spec.Relays)
		c.x.ticks = append(c.x.ticks, tick{math.Log10(relays), draw.Thousands(relays)})
		for _, row := range r.measured(sc.id, "") {
			i, known := at[row.Spec.Client]
			if !known {
				i = len(c.lines)
				at[row.Spec.Client], c.lines = i, append(c.lines, curve{client: row.Spec.Client})
			}
			s, _ := row.summary(row.Headline)
			served, known := row.summary(workload.Served)
			c.lines[i].points = append(c.lines[i].points, point{x: math.Log10(relays), y: s.Median / 1e3, low: s.Min / 1e3,
				high: s.Max / 1e3, ring: known && served.Median < leastServed})
			most = max(most, s.Max/1e3)
		}
	}
	if len(c.lines) == 0 {
		return chart{}, false
	}
	c.y = fromZero(most*1.1, 1, "µs of CPU an event")
	return chart{file: "relays.svg", title: "Cost of the same traffic over more relays: lower is better", height: 446, legend: c.clients(),
		note: r.note("dots: median; rings: with less than 98 % of the events served; whiskers: least and most of the runs"), panels: []panel{c}}, true
}
