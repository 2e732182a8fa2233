package fleetlog

import (
	"log/slog"
	"time"

	"hermod/supervisor"
)

// compareClocks tells of a connector whose clock differs from this machine's by more than supervisor.MaxSkew, again
// when that has changed by as much, and when the clocks agree again.
func (a *account) compareClocks(b *bot, now time.Time) {
	c, skew := a.connectors[b.connector], b.status.skew
	if c == nil || skew == 0 {
		return
	}
	c.skew = skew
	if !supervisor.Skewed(skew) && c.told == 0 || supervisor.Skewed(skew) && !supervisor.Skewed(skew-c.told) {
		return
	}
	attrs := []slog.Attr{slog.String("connector", b.connector), slog.Duration("skew", skew)}
	level, text, told := slog.LevelInfo, "the connector's clock and this machine's agree again", time.Duration(0)
	if supervisor.Skewed(skew) {
		level, text, told = slog.LevelWarn, "the connector's clock and this machine's differ", skew
		attrs = append(attrs, slog.String("hint", supervisor.DescribeSkew(skew)+"; set both by NTP, since tokens expire after five minutes"))
	}
	if a.write(now, false, level, text, attrs...) {
		c.told = told
	}
}
