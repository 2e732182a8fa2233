package downstream

import (
	"fmt"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// missedAfter is how long a gateway may be away while deliveries wait before the bot's status says so.
const missedAfter = 30 * time.Second

// moved notes that the gateway has come or gone.
func (g *Gateway) moved() {
	now, there := g.state()
	if !there {
		return
	}
	g.mu.Lock()
	switch {
	case now.Connected:
		g.absent = time.Time{}
	case g.absent.IsZero():
		g.absent = time.Now()
	}
	g.mu.Unlock()
	g.tell()
}

// state is how the gateway's link is; false while nothing listens.
func (g *Gateway) state() (fleet.Gateway, bool) {
	c, _ := g.server.current()
	if c == nil {
		return fleet.Gateway{}, false
	}
	s, err := c.Gateway(g.id)
	if err != nil {
		return fleet.Gateway{}, false
	}
	return fleet.Gateway{Connected: s.Connected, Idle: s.Idle, Kept: s.Buffered, KeptBytes: s.BufferedBytes,
		Oldest: s.Oldest}, true
}

// Health is how deliveries to the gateway go.
func (g *Gateway) Health() fleet.Health {
	now, _ := g.state()
	g.mu.Lock()
	defer g.mu.Unlock()
	now.Absent = g.absent
	h := fleet.Health{Oldest: now.Oldest, Gateway: &now}
	switch {
	case g.trouble.err != nil:
		h.State, h.Since, h.Failures = fleet.Failing, g.trouble.since, g.trouble.tries
		h.Err = "deliveries cannot be kept for the gateway: " + g.trouble.err.Error()
		h.Hint = "make room on the disk of the state folder, and look at the system's log for errors of it"
	case !now.Connected && !now.Idle && now.Kept > 0 && time.Since(now.Absent) >= missedAfter:
		h.State, h.Since = fleet.Unread, now.Absent
		h.Err = fmt.Sprintf("gateway not connected, %d kept since %s", now.Kept, now.Oldest.UTC().Format(time.RFC3339))
		h.Hint = "start the gateway, and have it dial gateways.listen as " + g.id
	}
	return h
}

// tell reports the health if it is of another kind than what was reported last.
func (g *Gateway) tell() {
	h := g.Health()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.report != nil && h.State != g.told {
		if g.told = h.State; h.State == "" {
			h.Oldest = time.Time{} // a backlog that is being read makes no news when it is gone
		}
		g.report(h)
	}
}

// fail and settle note whether the last delivery could be kept.
func (g *Gateway) fail(err error) {
	g.mu.Lock()
	if g.trouble.err == nil {
		g.trouble.since = time.Now()
	}
	g.trouble.err = err
	g.trouble.tries++
	g.mu.Unlock()
	g.tell()
}

func (g *Gateway) settle() {
	g.mu.Lock()
	failed := g.trouble.err != nil
	g.trouble = trouble{}
	g.mu.Unlock()
	if failed {
		g.tell()
	}
}
