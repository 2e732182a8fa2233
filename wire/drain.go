package wire

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"
)

const (
	// maxDrainGrace is how long a closing link waits for its pending requests at most.
	maxDrainGrace = 5 * time.Second
	// teardownReserve is the part of the budget that the steps after the drain need.
	teardownReserve = 3500 * time.Millisecond
	// defaultDrainBudget is the budget if none is set.
	defaultDrainBudget = 5 * time.Second
)

// DrainGrace returns how long a link that closes within budget may wait for its pending
// requests: what is left after the teardown, at most five seconds.
func DrainGrace(budget time.Duration) time.Duration {
	if budget <= teardownReserve {
		return 0
	}
	return min(maxDrainGrace, budget-teardownReserve)
}

// ParseDrainBudget reads a budget in seconds, as the environment holds it. A blank or
// unreadable value means five seconds. A negative one is returned unchanged and leaves no
// grace.
func ParseDrainBudget(env string) time.Duration {
	decimal, ok := ungroup(strings.TrimSpace(env))
	if !ok || strings.ContainsAny(decimal, "xX") {
		// Go also reads hexadecimal; a budget is decimal.
		return defaultDrainBudget
	}
	seconds, err := strconv.ParseFloat(decimal, 64)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return defaultDrainBudget
	}
	if math.IsNaN(seconds) {
		return 0
	}
	const limit = float64(math.MaxInt64 / int64(time.Second))
	return time.Duration(math.Max(-limit, math.Min(limit, seconds)) * float64(time.Second))
}
