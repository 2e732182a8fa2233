package downstream

import (
	"sync"

	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/wire"
)

// route is the way to the connector by one relay, with the requests that are under way there.
type route struct {
	bot   *fleet.Bot
	relay *actors.Relay

	mu      sync.Mutex
	flights map[*flight]struct{}
	ended   bool
}

// flight is a request that has no outcome yet.
type flight struct {
	answer func(wire.Result)
	done   func(wire.Result, error) // the observer's
}

func newRoute(bot *fleet.Bot, relay *actors.Relay) *route {
	r := &route{bot: bot, relay: relay, flights: make(map[*flight]struct{})}
	go func() {
		<-relay.Done()
		r.end()
	}()
	return r
}

func (r *route) enter(f *flight) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.ended {
		r.flights[f] = struct{}{}
	}
	return !r.ended
}

// settle answers a request unless it was answered at the relay's end.
func (r *route) settle(f *flight, result wire.Result, err error) {
	r.mu.Lock()
	_, open := r.flights[f]
	delete(r.flights, f)
	r.mu.Unlock()
	if open {
		f.done(result, err)
		f.answer(result)
	}
}

// end answers what the relay left without an outcome, which may have been applied.
func (r *route) end() {
	r.mu.Lock()
	left := r.flights
	r.flights, r.ended = nil, true
	r.mu.Unlock()
	for f := range left {
		f.done(wire.Result{}, actors.ErrClosed)
		f.answer(wire.Failure(actors.ErrClosed.Error(), true))
	}
}

// route returns the way by the bot's relay, nil when none runs. A relay that has ended may have a successor.
func (g *Gateway) route() *route {
	g.mu.Lock()
	now, handle := g.current, g.handle
	g.mu.Unlock()
	if handle == nil {
		return nil
	}
	if now != nil {
		select {
		case <-now.relay.Ended():
		default:
			return now
		}
	}
	relay, running := handle.Relay()
	if !running {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.current == nil || g.current.relay != relay {
		g.current = newRoute(handle, relay)
	}
	return g.current
}
