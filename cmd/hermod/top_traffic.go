package main

import "strings"

// topTraffic is the frames a second of the last minute, by tick.
type topTraffic struct {
	samples [topWindow]float64
	newest  int
}

// record keeps the rate of a tick; ticks that were left out had none.
func (t *topTraffic) record(tick int, rate float64) {
	for skipped := max(t.newest+1, tick-topWindow+1); skipped < tick; skipped++ {
		t.samples[skipped%topWindow] = 0
	}
	t.samples[tick%topWindow], t.newest = rate, tick
}

func (t *topTraffic) at(tick int) float64 {
	if tick < 0 || tick > t.newest || tick <= t.newest-topWindow {
		return 0
	}
	return t.samples[tick%topWindow]
}

// rate is the average of the last few seconds.
func (t *topTraffic) rate(tick int) float64 {
	sum := 0.0
	for i := range topRecent {
		sum += t.at(tick - i)
	}
	return sum / topRecent
}

// sparks are the eighths of a cell.
var sparks = []rune("▁▂▃▄▅▆▇█")

// spark draws the minute in width cells, scaled to its peak.
func (t *topTraffic) spark(tick, width int) string {
	bars := make([]float64, width)
	peak := 0.0
	for i := range topWindow {
		bar := i * width / topWindow
		bars[bar] = max(bars[bar], t.at(tick-topWindow+1+i))
		peak = max(peak, bars[bar])
	}
	var line strings.Builder
	for _, bar := range bars {
		height := 0
		if bar > 0 {
			height = 1 + int(bar/peak*float64(len(sparks)-2)+0.5)
		}
		line.WriteRune(sparks[height])
	}
	return line.String()
}
