package top

import "strings"

// traffic is the frames a second of the last minute, by tick.
type traffic struct {
	samples [window]float64
	newest  int
}

// record keeps the rate of a tick; ticks that were left out had none.
func (t *traffic) record(tick int, rate float64) {
	for skipped := max(t.newest+1, tick-window+1); skipped < tick; skipped++ {
		t.samples[skipped%window] = 0
	}
	t.samples[tick%window], t.newest = rate, tick
}

func (t *traffic) at(tick int) float64 {
	if tick < 0 || tick > t.newest || tick <= t.newest-window {
		return 0
	}
	return t.samples[tick%window]
}

// rate is the average of the last few seconds.
func (t *traffic) rate(tick int) float64 {
	sum := 0.0
	for i := range recent {
		sum += t.at(tick - i)
	}
	return sum / recent
}

// sparks are the eighths of a cell.
var sparks = []rune("▁▂▃▄▅▆▇█")

// spark draws the minute in width cells, scaled to its peak.
func (t *traffic) spark(tick, width int) string {
	bars := make([]float64, width)
	peak := 0.0
	for i := range window {
		bar := i * width / window
		bars[bar] = max(bars[bar], t.at(tick-window+1+i))
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
