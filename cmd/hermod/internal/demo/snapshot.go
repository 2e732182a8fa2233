package demo

import (
	"context"
	"time"

	"hermod/actors"
)

// frameTime is how long a picture of the demo stands.
const frameTime = 100 * time.Millisecond

// show keeps the view up to date until the function that it returns is called.
func (d *demo) show(view view) (hide func()) {
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

// snapshot is what a view shows.
type snapshot struct {
	now             time.Time
	elapsed, length time.Duration // length is 0 when there is no planned end
	rows            []row
	totals          totals
	story           []line
	account         *account // nil until the end
}

// row is one bot's line.
type row struct {
	status   actors.Status
	tally    tally
	buffered int // what the connector holds for it
}

func (d *demo) snapshot() snapshot {
	now := time.Now()
	s := snapshot{now: now, elapsed: now.Sub(d.began), length: d.plan.length, totals: d.ledger.totals(),
		story: d.story.all()}
	if d.plan.hold {
		s.length = 0
	}
	for _, relay := range d.gateway.relays {
		s.rows = append(s.rows, row{status: relay.Status(), tally: d.ledger.tally(relay.Name()),
			buffered: d.connector.buffered(relay.Name())})
	}
	return s
}
