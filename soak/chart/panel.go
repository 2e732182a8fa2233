package chart

import (
	"math"
	"strconv"

	svg "github.com/ajstarks/svgo/float"

	"hermod/bench/draw"
)

// area is where a panel is; its axes stand inside.
type area struct{ left, top, right, bottom float64 }

func (p Panel) draw(s *svg.SVG, a area) {
	draw.Text(s, a.left, a.top+14, p.Title, 15, ink, "start", `font-weight="600"`)
	if p.Note != "" {
		draw.Text(s, a.right, a.top+14, p.Note, 12, muted, "end")
	}
	a.top, a.left, a.bottom = a.top+28, a.left+58, a.bottom-34
	high := p.highest()
	x := func(seconds float64) float64 { return a.left + seconds/p.Seconds*(a.right-a.left) }
	y := func(value float64) float64 { return a.bottom - value/high*(a.bottom-a.top) }
	for _, shade := range p.Shades {
		s.Rect(x(shade.From), a.top, x(shade.To)-x(shade.From), a.bottom-a.top, `fill="`+shade.Color+`"`)
		draw.Text(s, (x(shade.From)+x(shade.To))/2, a.bottom-6, shade.Word, 11, muted, "middle")
	}
	p.drawAxes(s, a, high, x, y)
	for _, line := range p.Lines {
		line.draw(s, x, y)
	}
	p.drawLegend(s, a)
}

func (p Panel) drawAxes(s *svg.SVG, a area, high float64, x, y func(float64) float64) {
	step := draw.UpTo125(high / 4)
	for value := 0.0; value <= high*1.0001; value += step {
		s.Line(a.left, y(value), a.right, y(value), `stroke="`+grid+`"`)
		draw.Text(s, a.left-8, y(value)+4, draw.Thousands(value), 12, muted, "end")
	}
	unit, per := "s", 1.0
	if p.Seconds > 300 {
		unit, per = "min", 60
	}
	every := draw.UpTo125(p.Seconds / per / 7)
	for at := 0.0; at <= p.Seconds/per*1.0001; at += every {
		s.Line(x(at*per), a.bottom, x(at*per), a.bottom+4, `stroke="`+muted+`"`)
		draw.Text(s, x(at*per), a.bottom+17, draw.Thousands(at), 12, muted, "middle")
	}
	s.Line(a.left, a.bottom, a.right, a.bottom, `stroke="`+muted+`"`)
	draw.Text(s, a.right, a.bottom+32, unit, 12, muted, "end")
	s.TranslateRotate(a.left-50, (a.top+a.bottom)/2, -90)
	draw.Text(s, 0, 0, p.Unit, 12, ink, "middle")
	s.Gend()
}

func (p Panel) drawLegend(s *svg.SVG, a area) {
	at := a.left
	for _, line := range p.Lines {
		if line.Name == "" {
			continue
		}
		s.Line(at, a.bottom+28, at+18, a.bottom+28, line.stroke(3)...)
		draw.Text(s, at+23, a.bottom+32, line.Name, 12, ink, "start")
		at += 23 + 6.4*float64(len(line.Name)) + 18
	}
}

func (l Line) draw(s *svg.SVG, x, y func(float64) float64) {
	if l.Filled {
		for i, at := range l.Points {
			end := at.X + 1
			if i+1 < len(l.Points) {
				end = l.Points[i+1].X
			}
			s.Rect(x(at.X), y(at.Y), max(0.6, x(end)-x(at.X)-0.4), y(0)-y(at.Y), `fill="`+l.Color+`"`)
		}
		return
	}
	if len(l.Points) == 0 {
		return
	}
	var xs, ys []float64
	for _, at := range l.Points {
		xs, ys = append(xs, x(at.X)), append(ys, y(at.Y))
	}
	s.Polyline(xs, ys, append(l.stroke(2), `fill="none"`, `stroke-linejoin="round"`)...)
}

func (l Line) stroke(width float64) []string {
	look := []string{`stroke="` + l.Color + `"`, `stroke-width="` + strconv.FormatFloat(width, 'g', -1, 64) + `"`}
	if l.Dashed {
		look = append(look, `stroke-dasharray="5 4"`)
	}
	return look
}

// highest is the top of the axis: a round number above every value.
func (p Panel) highest() float64 {
	most := 0.0
	for _, line := range p.Lines {
		for _, at := range line.Points {
			most = max(most, at.Y)
		}
	}
	if most == 0 {
		return 1
	}
	step := draw.UpTo125(most * 1.05 / 4)
	return step * math.Ceil(most*1.05/step)
}
