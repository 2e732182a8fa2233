package draw

import (
	"fmt"
	"math"
	"strconv"

	svg "github.com/ajstarks/svgo/float"
)

// Text puts text at a place, in pixels of the picture; anchor (start, middle, end) says which part of it is placed
// there. more are further attributes, as name="value".
func Text(p *svg.SVG, x, y float64, text string, size float64, color, anchor string, more ...string) {
	attributes := append([]string{fmt.Sprintf(`font-size="%g"`, size), `fill="` + color + `"`, `text-anchor="` + anchor + `"`}, more...)
	p.Text(x, y, text, attributes...)
}

// UpTo125 is the first of 1, 2, 5, 10, 20 … (and of 0.5, 0.2 …) that is not below v, which is above 0.
func UpTo125(v float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)))
	for _, factor := range []float64{1, 2, 5} {
		if v <= factor*power {
			return factor * power
		}
	}
	return 10 * power
}

// Trimmed writes a number with six digits at most.
func Trimmed(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// Thousands writes a whole number with commas, and one below 1,000 as Trimmed does.
func Thousands(v float64) string {
	if v < 1000 {
		return Trimmed(v)
	}
	text := strconv.FormatFloat(v, 'f', 0, 64)
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}
