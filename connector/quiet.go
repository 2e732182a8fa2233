package connector

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

// What clients, or a full disk, can bring about at will is logged in full at first, and now and then from then on.
const (
	loudLines = 20
	quietTime = 10 * time.Second
)

// quiet has the lines that would otherwise flood the log, each with its own allowance.
type quiet struct{ upgrades, requests, wakes, disk quietLine }

func newQuiet() *quiet {
	q := &quiet{}
	for _, line := range []*quietLine{&q.upgrades, &q.requests, &q.wakes, &q.disk} {
		line.sometimes.First, line.sometimes.Interval = loudLines, quietTime
	}
	return q
}

// quietLine is safe for concurrent use.
type quietLine struct {
	sometimes rate.Sometimes
	dropped   atomic.Uint64 // since the last line
}

// log writes the line, or counts it; the next line that is written tells how many were not.
func (q *quietLine) log(to *slog.Logger, level slog.Level, text string, args ...any) {
	written := false
	q.sometimes.Do(func() {
		if n := q.dropped.Swap(0); n > 0 {
			args = append(args, "lines_dropped", n)
		}
		to.Log(context.Background(), level, text, args...)
		written = true
	})
	if !written {
		q.dropped.Add(1)
	}
}
