package api

import (
	"sync"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// figure is a bot's traffic: frames in and out, requests in flight, deliveries that wait, requests, deliveries handled.
type figure [6]uint64

type figuresEvent struct {
	At   string            `json:"at"`
	Bots map[string]figure `json:"bots"`
}

// figures samples the fleet for all clients together, since each sample asks every bot.
type figures struct {
	fleet *fleet.Fleet
	mu    sync.Mutex
	at    time.Time
	bots  map[string]figure
}

// sample returns figures that are younger than half an interval. They must not be changed.
func (f *figures) sample() (at time.Time, bots map[string]figure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.at) < figuresInterval/2 {
		return f.at, f.bots
	}
	f.bots = make(map[string]figure)
	for _, b := range f.fleet.Bots() {
		s := b.Status()
		c := s.Counters
		f.bots[b.Name()] = figure{c.FramesIn, c.FramesOut, uint64(s.Pending), uint64(s.Queued), c.Requests, c.Handled}
	}
	f.at = time.Now()
	return f.at, f.bots
}
