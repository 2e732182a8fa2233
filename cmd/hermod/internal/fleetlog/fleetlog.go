package fleetlog

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// tick is how often the account looks at what is due by time.
const tick = time.Second

// Log follows a fleet. Its methods may be called from any goroutine.
type Log struct {
	cancel  context.CancelFunc
	ended   chan struct{}
	figures atomic.Pointer[Figures]
}

// Start follows the transitions of a fleet's bots, and writes to log, until Close or the fleet's end.
func Start(f *fleet.Fleet, log *slog.Logger) *Log {
	ctx, cancel := context.WithCancel(context.Background())
	l := &Log{cancel: cancel, ended: make(chan struct{})}
	l.figures.Store(new(Figures))
	go l.run(f.Watch(ctx), newAccount(log))
	return l
}

// Close ends the following, waits for that, and writes what was counted and not told yet. What becomes of bots from
// then on is not logged.
func (l *Log) Close() {
	l.cancel()
	<-l.ended
}

// Figures returns the account of about a second ago. It is never changed.
func (l *Log) Figures() *Figures { return l.figures.Load() }

func (l *Log) run(events <-chan fleet.Event, a *account) {
	defer close(l.ended)
	ticker := time.NewTicker(tick)
	defer ticker.Stop()
	changed := false
	for {
		select {
		case event, ok := <-events:
			if !ok {
				a.flush(time.Now())
				return
			}
			a.note(event, time.Now())
			changed = true
		case <-ticker.C:
			a.remind(time.Now())
			if changed {
				l.figures.Store(a.figures())
				changed = false
			}
		}
	}
}
