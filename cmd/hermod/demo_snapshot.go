package main

import (
	"context"
	"time"

	"hermod/actors"
)

// frameTime is how long a picture of the demo stands.
const frameTime = 100 * time.Millisecond

// show keeps the view up to date until the function that it returns is called.
func (d *demo) show(view demoView) (hide func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for view.show(d.snapshot()); pause(ctx, frameTime); {
			view.show(d.snapshot())
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// demoSnapshot is what a view shows.
type demoSnapshot struct {
	now             time.Time
	elapsed, length time.Duration // length is 0 when there is no planned end
	rows            []demoRow
	totals          demoTotals
	story           []demoLine
	account         *demoAccount // nil until the end
}

// demoRow is one bot's line.
type demoRow struct {
	status   actors.Status
	tally    demoTally
	buffered int // what the connector holds for it
}

func (d *demo) snapshot() demoSnapshot {
	now := time.Now()
	s := demoSnapshot{now: now, elapsed: now.Sub(d.began), length: d.plan.length, totals: d.ledger.totals(), story: d.story.all()}
	if d.plan.hold {
		s.length = 0
	}
	for _, relay := range d.gateway.relays {
		s.rows = append(s.rows, demoRow{status: relay.Status(), tally: d.ledger.tally(relay.Name()), buffered: d.connector.buffered(relay.Name())})
	}
	return s
}
