package placement

import (
	"math"
	"time"
)

const (
	// MaxWeight bounds what a bot weighs.
	MaxWeight = 1 << 12
	// smoothing is the time over which traffic counts; what lies this far back counts a third.
	smoothing = 2 * time.Minute
	// above and below are the parts of its weight by which a bot's traffic must leave it before it weighs something else.
	above, below = 1.8, 0.55
)

// Load measures what one bot weighs: 1 for a bot at rest, and as much more for each message a second, which it receives
// or sends. Weights are powers of two, and change only when the smoothed traffic has left the weight clearly, so they
// are rarely news. The zero value is a bot that was not measured yet.
type Load struct {
	messages uint64
	at       time.Duration
	rate     float64 // messages a second
	weight   int
}

// NewLoad begins with the weight that others have measured.
func NewLoad(weight int) *Load {
	weight = min(max(weight, 1), MaxWeight)
	return &Load{weight: weight, rate: float64(weight - 1)}
}

// Weight is what the bot weighs.
func (l *Load) Weight() int { return max(l.weight, 1) }

// Sample tells how many messages there were until now. A number that is lower than the one before begins anew.
func (l *Load) Sample(now time.Duration, messages uint64) {
	since, before := now-l.at, l.messages
	first := l.at == 0
	l.at, l.messages = now, messages
	if first || messages < before || since <= 0 {
		return
	}
	part := 1 - math.Exp(-since.Seconds()/smoothing.Seconds())
	l.rate += part * (float64(messages-before)/since.Seconds() - l.rate)
	if is, has := 1+l.rate, float64(l.Weight()); is > above*has || is < below*has {
		l.weight = min(1<<int(math.Round(math.Log2(is))), MaxWeight)
	}
}
