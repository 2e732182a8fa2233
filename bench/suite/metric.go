package suite

import (
	"fmt"
	"math"
	"strconv"

	"hermod/bench/workload"
)

// metric is one figure of a run: its name, its format, and whether more or less is better.
type metric struct {
	name          string // the key in workload.Result.Metrics
	title         string
	format        func(float64) string
	lowerIsBetter bool
	detail        bool // left out of the terminal's tables
}

// metrics are the figures that reports show, in the order of their columns.
var metrics = []metric{
	{name: workload.FramesPerSecond, title: "frames/s", format: rate},
	{name: workload.Served, title: "served", format: share},
	{name: workload.EventsPerSecond, title: "events/s", format: rate},
	{name: workload.OthersBefore, title: "others before", format: rate},
	{name: workload.OthersDuring, title: "others during", format: rate},
	{name: workload.ConnectSeconds, title: "connect", format: seconds, lowerIsBetter: true},
	{name: workload.RSSPerRelay, title: "RSS/relay", format: size, lowerIsBetter: true},
	{name: workload.RSS, title: "RSS", format: size, lowerIsBetter: true, detail: true},
	{name: workload.P50, title: "p50", format: nanoseconds, lowerIsBetter: true},
	{name: workload.P90, title: "p90", format: nanoseconds, lowerIsBetter: true, detail: true},
	{name: workload.P99, title: "p99", format: nanoseconds, lowerIsBetter: true},
	{name: workload.P999, title: "p99.9", format: nanoseconds, lowerIsBetter: true, detail: true},
	{name: workload.MaxLatency, title: "max", format: nanoseconds, lowerIsBetter: true, detail: true},
	{name: workload.CPUPerFrame, title: "CPU/frame", format: nanoseconds, lowerIsBetter: true},
	{name: workload.AllocsPerFrame, title: "allocs/frame", format: figures, lowerIsBetter: true},
	{name: workload.BytesPerFrame, title: "heap/frame", format: size, lowerIsBetter: true},
	{name: workload.WritesPerFrame, title: "writes/frame", format: figures, lowerIsBetter: true},
	{name: workload.ReadsPerFrame, title: "reads/frame", format: figures, lowerIsBetter: true, detail: true},
	{name: workload.GCCycles, title: "GCs", format: figures, lowerIsBetter: true},
	{name: workload.GCPause, title: "GC pause", format: nanoseconds, lowerIsBetter: true, detail: true},
}

// better is the better of two figures.
func (m metric) better(a, b float64) float64 {
	if m.lowerIsBetter {
		return min(a, b)
	}
	return max(a, b)
}

func metricByName(name string) metric {
	for _, m := range metrics {
		if m.name == name {
			return m
		}
	}
	return metric{name: name, title: name, format: figures}
}

// figures shows three significant figures, and no exponent.
func figures(v float64) string {
	switch size := math.Abs(v); {
	case v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 99.95:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 9.995:
		return strconv.FormatFloat(v, 'f', 1, 64)
	case size >= 0.9995:
		return strconv.FormatFloat(v, 'f', 2, 64)
	case size >= 0.0005:
		return strconv.FormatFloat(v, 'f', 3, 64)
	}
	return "<0.001"
}

func rate(v float64) string {
	switch {
	case v >= 999_500:
		return figures(v/1e6) + " M/s"
	case v >= 999.5:
		return figures(v/1e3) + " k/s"
	}
	return figures(v) + " /s"
}

func nanoseconds(v float64) string {
	switch {
	case v >= 999_500_000:
		return figures(v/1e9) + " s"
	case v >= 999_500:
		return figures(v/1e6) + " ms"
	case v >= 999.5:
		return figures(v/1e3) + " µs"
	}
	return figures(v) + " ns"
}

func seconds(v float64) string { return nanoseconds(v * 1e9) }

func size(v float64) string {
	switch {
	case v >= 1023.5*(1<<20):
		return figures(v/(1<<30)) + " GiB"
	case v >= 1023.5*(1<<10):
		return figures(v/(1<<20)) + " MiB"
	case v >= 1023.5:
		return figures(v/(1<<10)) + " KiB"
	}
	return figures(v) + " B"
}

func share(v float64) string { return fmt.Sprintf("%.1f %%", 100*v) }

func times(v float64) string { return fmt.Sprintf("%.2f×", v) }
