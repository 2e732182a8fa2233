package supervisor

import (
	"fmt"
	"time"
)

// MaxSkew is how far clocks may be apart before somebody should look at them. A token is good for five minutes, so
// beyond that no dial succeeds.
const MaxSkew = 30 * time.Second

// Skewed says that clocks are further apart than MaxSkew.
func Skewed(skew time.Duration) bool { return skew.Abs() > MaxSkew }

// DescribeSkew says by how much the connector's clock is ahead or behind.
func DescribeSkew(skew time.Duration) string {
	way := "ahead of"
	if skew < 0 {
		way = "behind"
	}
	return fmt.Sprintf("the connector's clock is %s %s this machine's", skew.Abs().Truncate(time.Second), way)
}

// expiredHint is what to do about a token that was refused for its age: its signature was good.
func expiredHint(skew time.Duration) string {
	if Skewed(skew) {
		return "the token counts as expired because " + DescribeSkew(skew) + ": set both clocks by NTP"
	}
	return "the token's signature is good, but it counts as expired: compare the clocks of both machines, and how long the way to the connector takes"
}

// doubt puts a clock that is wrong in front of what else a refused credential may mean.
func doubt(hint string, skew time.Duration) string {
	if !Skewed(skew) {
		return hint
	}
	return DescribeSkew(skew) + ", so tokens may count as expired: set both clocks by NTP first; else " + hint
}
