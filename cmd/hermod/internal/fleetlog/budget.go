package fleetlog

import "time"

// The bound of all lines: burst at once, then one each interval.
const (
	burst    = 28
	interval = 30 * time.Second
	// reserve is what lines about single bots leave for those about many.
	reserve = 10
)

// budget is a token bucket of lines.
type budget struct {
	left    int
	since   time.Time // when left was last raised
	dropped int       // lines that were left out and that no line tells of yet
	total   uint64    // lines that were left out
}

// allow says whether another line may be written; one about a single bot leaves the reserve untouched.
func (b *budget) allow(now time.Time, single bool) bool {
	if b.since.IsZero() {
		b.left, b.since = burst, now
	}
	if more := int(now.Sub(b.since) / interval); more > 0 {
		b.left = min(burst, b.left+more)
		b.since = b.since.Add(time.Duration(more) * interval)
	}
	if b.left == 0 || single && b.left <= reserve {
		b.dropped++
		b.total++
		return false
	}
	b.left--
	return true
}
