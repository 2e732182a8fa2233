package suite

import (
	"slices"

	"hermod/bench/workload"
)

// A goal about memory leaves little room, so its rows run until they agree: until the middle half of their runs is
// within steadySpread of the median, or they ran often enough.
const (
	steadySpread = 0.02
	mostRuns     = 7
	mostLongRuns = 4 // of rows that take a minute
)

// unsteady are the rows that need another run: those of goals about memory in a scenario where one of these rows is not
// steady. All of them run again, since a ratio is taken round by round.
func (t tally) unsteady() (rows []int) {
	of := make(map[string][]int) // by scenario
	shaky := make(map[string]bool)
	wanted := goalRows()
	for i, row := range t.rows {
		tired := t.ended(i) || row.Long && len(row.Runs) >= mostLongRuns
		if row.Headline == workload.RSSPerRelay && wanted[row.ID] && len(row.Runs) > 0 && !tired {
			of[row.Scenario] = append(of[row.Scenario], i)
			shaky[row.Scenario] = shaky[row.Scenario] || spreadOf(row.values(row.Headline)) > steadySpread
		}
	}
	for scenario, all := range of {
		if shaky[scenario] {
			rows = append(rows, all...)
		}
	}
	return rows
}

// spreadOf is the range of the middle half of the values, relative to their median. A single value has none to speak
// of.
func spreadOf(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return (quantile(sorted, 0.75) - quantile(sorted, 0.25)) / middle(sorted)
}

// quantile interpolates between the two values beside it.
func quantile(sorted []float64, share float64) float64 {
	at := share * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])
}
