package suite

import (
	"math"
	"slices"
)

// Summary describes the runs of one figure.
type Summary struct {
	Median, Min, Max float64
	Runs             int
}

// summarize takes at least one value.
func summarize(values []float64) Summary {
	sorted := slices.Sorted(slices.Values(values))
	return Summary{Median: middle(sorted), Min: sorted[0], Max: sorted[len(sorted)-1], Runs: len(sorted)}
}

func middle(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// paired combines run i of a with run i of b. Both belong to one round, so a temporary slowdown of the machine affects
// both.
func paired(a, b []float64, combine func(a, b float64) float64) []float64 {
	combined := make([]float64, min(len(a), len(b)))
	for i := range combined {
		combined[i] = combine(a[i], b[i])
	}
	return combined
}

func ratio(a, b float64) float64 { return a / b }

func difference(a, b float64) float64 { return a - b }

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
