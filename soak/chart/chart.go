package chart

import (
	"bytes"
	"fmt"
	"os"

	svg "github.com/ajstarks/svgo/float"

	"hermod/bench/draw"
)

// Picture is a title, lines of text, and panels, two beside each other.
type Picture struct {
	Title  string
	Notes  []string
	Panels []Panel
}

// Panel shows values over a time that begins at 0.
type Panel struct {
	// Title and Unit name what is shown; Note says more in small letters, and may be empty.
	Title, Unit, Note string
	// Seconds is how long the time is, more than 0.
	Seconds float64
	Lines   []Line
	Shades  []Shade
}

// Line goes through points in the order of time.
type Line struct {
	// Name is shown in the panel's legend, unless it is empty.
	Name   string
	Color  string
	Points []Point
	// Filled draws columns of the width of a step instead of a line, Dashed a broken line.
	Filled, Dashed bool
}

// Point is a value at a time in seconds.
type Point struct{ X, Y float64 }

// Shade is a stretch of time with another background and a word at its top.
type Shade struct {
	From, To float64
	Color    string
	Word     string
}

// Colors that people with any eyes can tell apart.
const (
	Blue   = "#0b6e99"
	Orange = "#d55e00"
	Green  = "#009e73"
	Gray   = "#8c959f"
	Pale   = "#eef2f6"
	Amber  = "#fff3d6"
)

const (
	ink, muted, grid, edge = "#1f2328", "#59636e", "#e3e7ec", "#d1d9e0"
	width                  = 1040.0
	margin                 = 24.0
	panelHeight            = 236.0
	gap                    = 40.0
)

// Write draws the picture into a file.
func (p Picture) Write(path string) error {
	if err := os.WriteFile(path, p.draw(), 0o644); err != nil {
		return fmt.Errorf("write the picture: %w", err)
	}
	return nil
}

func (p Picture) draw() []byte {
	var text bytes.Buffer
	rows := (len(p.Panels) + 1) / 2
	top := margin + 40 + 17*float64(len(p.Notes))
	height := top + float64(rows)*(panelHeight+gap) + margin/2
	s := svg.New(&text)
	s.Decimals = 1
	s.Startview(width, height, 0, 0, width, height)
	s.Title(p.Title)
	s.Group(`font-family="'Liberation Sans',Arial,Helvetica,sans-serif"`)
	s.Roundrect(0.5, 0.5, width-1, height-1, 8, 8, `fill="#ffffff"`, `stroke="`+edge+`"`)
	draw.Text(s, margin, margin+18, p.Title, 20, ink, "start", `font-weight="600"`)
	for i, note := range p.Notes {
		draw.Text(s, margin, margin+40+17*float64(i), note, 12.5, muted, "start")
	}
	half := (width - 2*margin - gap) / 2
	for i, panel := range p.Panels {
		left := margin + float64(i%2)*(half+gap)
		y := top + float64(i/2)*(panelHeight+gap)
		panel.draw(s, area{left, y, left + half, y + panelHeight})
	}
	s.Gend()
	s.End()
	return text.Bytes()
}
