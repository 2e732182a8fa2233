package suite

import (
	"math"

	svg "github.com/ajstarks/svgo/float"

	"hermod/bench/draw"
)

// axis maps values onto the sides of a panel.
type axis struct {
	low, high float64
	ticks     []tick
	label     string
	noGrid    bool
}

type tick struct {
	at    float64
	label string
}

// share is where a value is between the ends of the axis.
func (x axis) share(v float64) float64 { return (v - x.low) / (x.high - x.low) }

// drawBelow draws the axis along the bottom of a panel, and its grid.
func (x axis) drawBelow(p *svg.SVG, a area) {
	for _, t := range x.ticks {
		at := a.across(x.share(t.at))
		if !x.noGrid {
			line(p, at, a.top, at, a.bottom, grid)
		}
		line(p, at, a.bottom, at, a.bottom+4, muted)
		draw.Text(p, at, a.bottom+17, t.label, 12, muted, "middle")
	}
	line(p, a.left, a.bottom, a.right, a.bottom, muted)
	draw.Text(p, (a.left+a.right)/2, a.bottom+35, x.label, 12.5, ink, "middle")
}

// belowHeight is what drawBelow needs below the panel.
const belowHeight = 40.0

// drawBeside draws the axis along the left of a panel, and its grid.
func (x axis) drawBeside(p *svg.SVG, a area) {
	for _, t := range x.ticks {
		at := a.up(x.share(t.at))
		line(p, a.left, at, a.right, at, grid)
		line(p, a.left-4, at, a.left, at, muted)
		draw.Text(p, a.left-8, at+4, t.label, 12, muted, "end")
	}
	line(p, a.left, a.top, a.left, a.bottom, muted)
	p.TranslateRotate(a.left-besideWidth+12, (a.top+a.bottom)/2, -90)
	draw.Text(p, 0, 0, x.label, 12.5, ink, "middle")
	p.Gend()
}

// besideWidth is what drawBeside needs to the left of the panel.
const besideWidth = 68.0

// fromZero is an axis from zero to at least high, with a few round numbers, labelled in units of per.
func fromZero(high, per float64, label string) axis {
	x := axis{high: high, label: label}
	step := draw.UpTo125(high / per / 5)
	for i := 0; float64(i)*step*per <= high; i++ {
		x.ticks = append(x.ticks, tick{float64(i) * step * per, draw.Trimmed(float64(i) * step)})
	}
	return x
}

// logarithmic is an axis of decimal logarithms around two values, labelled at 1, 2, 5, 10, 20 …
func logarithmic(low, high float64, label string) axis {
	x := axis{low: math.Log10(downTo125(low)), high: math.Log10(draw.UpTo125(high)), label: label}
	for v := downTo125(low); math.Log10(v) <= x.high+1e-9; v = draw.UpTo125(v * 1.5) {
		x.ticks = append(x.ticks, tick{math.Log10(v), draw.Thousands(v)})
	}
	return x
}

// downTo125 is the last of 1, 2, 5, 10, 20 … that is not above v.
func downTo125(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, factor := range []float64{5, 2} {
		if v >= factor*power {
			return factor * power
		}
	}
	return power
}
