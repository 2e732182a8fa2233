package suite

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	svg "github.com/ajstarks/svgo/float"

	"hermod/bench/draw"
	"hermod/bench/workload"
)

// chart is a picture of a report: panels side by side, at most two in a line.
type chart struct {
	file, title string
	note        [2]string // what the marks mean; where it was measured
	height      float64
	legend      []string // clients, named below the title; nil: none
	panels      []panel
}

// panel is a part of a chart with axes of its own.
type panel interface{ draw(p *svg.SVG, a area) }

// area is where a panel's axes are; labels stand around it.
type area struct{ left, top, right, bottom float64 }

// across maps 0 to 1 onto the width of the area, up onto its height.
func (a area) across(share float64) float64 { return a.left + share*(a.right-a.left) }

func (a area) up(share float64) float64 { return a.bottom - share*(a.bottom-a.top) }

// charts draws what a report has rows for.
func charts(r *Report) []chart {
	var all []chart
	for _, make := range []func(*Report) (chart, bool){throughputChart, latencyChart, memoryChart, scaleChart} {
		if c, ok := make(r); ok {
			all = append(all, c)
		}
	}
	return all
}

// The colours: dark on light, on an opaque card, so that the chart is readable on a dark page too.
const (
	ink   = "#1f2328"
	muted = "#59636e"
	grid  = "#e3e7ec"
	edge  = "#d1d9e0"
	fonts = "'Liberation Sans',Arial,Helvetica,sans-serif"
)

// clientColors makes Hermod stand out. The others have the same colour in every chart, and colour-blind readers can
// tell them apart.
var clientColors = map[string]string{
	workload.Hermod:       "#0b6e99",
	workload.HermodKeep:   "#56a3c4",
	workload.Raw:          "#b8bfc7",
	workload.Bare:         "#b8bfc7",
	workload.Inline:       "#8c959f",
	workload.InlineReuse:  "#7b858f",
	workload.InlineWire:   "#6b7580",
	workload.GobwasYield:  "#e69f00",
	workload.GobwasMutex:  "#d55e00",
	workload.GWS:          "#009e73",
	workload.NBIO:         "#5b3a8c",
	workload.NBIODirect:   "#b58bd9",
	workload.Coder:        "#cc79a7",
	workload.Gorilla:      "#7f5ab6",
	workload.PythonClient: "#9a6b3f",
	workload.PythonBehind: "#b58a5e",
	workload.Copied:       "#8a8f98",
	workload.Behind:       "#3b8f6b",
	workload.BehindKept:   "#7fb89f",
	workload.HermodRun:    "#56a3c4",
	workload.Store:        "#b8bfc7",
}

// Measures of a chart, in pixels.
const (
	chartWidth   = 960.0
	margin       = 20.0
	titleHeight  = 40.0
	legendHeight = 28.0
	noteHeight   = 42.0
	gap          = 36.0 // between panels
)

// draw makes the SVG.
func (c chart) draw() []byte {
	var text bytes.Buffer
	p := svg.New(&text)
	p.Decimals = 1
	p.Startview(chartWidth, c.height, 0, 0, chartWidth, c.height)
	p.Title(c.title)
	p.Group(`font-family="` + fonts + `"`)
	p.Roundrect(0.5, 0.5, chartWidth-1, c.height-1, 8, 8, `fill="#ffffff"`, `stroke="`+edge+`"`)
	draw.Text(p, margin, margin+16, c.title, 19, ink, "start", bolder)
	top := margin + titleHeight
	if c.legend != nil {
		c.drawLegend(p, top+4)
		top += legendHeight
	}
	for i, a := range c.areas(top) {
		c.panels[i].draw(p, a)
	}
	for i, text := range c.note {
		draw.Text(p, margin, c.height-margin-12+17*float64(i), text, 11.5, muted, "start")
	}
	p.Gend()
	p.End()
	return text.Bytes()
}

func (c chart) drawLegend(p *svg.SVG, y float64) {
	x := margin
	for _, client := range c.legend {
		p.Roundrect(x, y-10, 11, 11, 2, 2, `fill="`+clientColors[client]+`"`)
		draw.Text(p, x+17, y, client, 13, ink, "start")
		x += 17 + 7*float64(utf8.RuneCountInString(client)) + 20
	}
}

// areas divides the space between the head and the note among the panels.
func (c chart) areas(top float64) []area {
	columns := min(2, len(c.panels))
	lines := (len(c.panels) + columns - 1) / columns
	width := (chartWidth - 2*margin - gap*float64(columns-1)) / float64(columns)
	height := (c.height - top - noteHeight - margin - gap*float64(lines-1)) / float64(lines)
	var all []area
	for i := range c.panels {
		left := margin + float64(i%columns)*(width+gap)
		y := top + float64(i/columns)*(height+gap)
		all = append(all, area{left, y, left + width, y + height})
	}
	return all
}

const bolder = `font-weight="600"`

func line(p *svg.SVG, x1, y1, x2, y2 float64, color string, more ...string) {
	p.Line(x1, y1, x2, y2, append([]string{`stroke="` + color + `"`}, more...)...)
}

// A whisker is a line with a crossbar at each end.
func levelWhisker(p *svg.SVG, x1, x2, y float64) {
	line(p, x1, y, x2, y, ink)
	line(p, x1, y-crossbar, x1, y+crossbar, ink)
	line(p, x2, y-crossbar, x2, y+crossbar, ink)
}

func uprightWhisker(p *svg.SVG, x, y1, y2 float64) {
	line(p, x, y1, x, y2, ink)
	line(p, x-crossbar, y1, x+crossbar, y1, ink)
	line(p, x-crossbar, y2, x+crossbar, y2, ink)
}

const crossbar = 4.5 // half of it

// note is the text below a chart.
func (r *Report) note(marks string) [2]string {
	return [2]string{runs(r.Rounds) + "; " + marks, fmt.Sprintf("%s, %d cores, %s, commit %s, %s",
		r.Machine.CPU, r.Machine.Cores, r.Machine.Go, shortCommit(r.Commit), r.Started.UTC().Format("2006-01-02"))}
}
