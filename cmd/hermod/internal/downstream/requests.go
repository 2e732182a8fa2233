package downstream

import (
	"context"
	"time"

	"hermod/actors"
	"hermod/connector"
	"hermod/wire"
)

// interruptTime bounds the way of an interrupt to the connector.
const interruptTime = 5 * time.Second

// begin begins a gateway's request on its bot's relay.
func (s *Server) begin(r connector.Record) func(context.Context) wire.Result {
	var g *Gateway
	s.with(r.Gateway, func(known *Gateway) { g = known })
	if g == nil {
		return failed(actors.ErrNotConnected)
	}
	return g.begin(r)
}

func (g *Gateway) begin(r connector.Record) func(context.Context) wire.Result {
	relay := g.route()
	if relay == nil {
		return failed(actors.ErrNotConnected)
	}
	done := g.handle.Sending(context.Background(), r.Action, r.Platform)
	var options []actors.SendOption
	if r.Platform != "" {
		options = append(options, actors.Via(r.Platform))
	}
	call := relay.Start(r.Action, options...)
	return func(ctx context.Context) wire.Result {
		result, err := call.Wait(ctx)
		done(result, err)
		return result
	}
}

// failed answers a request that was not begun.
func failed(err error) func(context.Context) wire.Result {
	return func(context.Context) wire.Result { return wire.Failure(err.Error(), false) }
}

// route returns the bot's relay, nil when none runs. One that has ended may have a successor.
func (g *Gateway) route() *actors.Relay {
	g.mu.Lock()
	relay, handle := g.relay, g.handle
	g.mu.Unlock()
	if handle == nil {
		return nil
	}
	if relay != nil {
		select {
		case <-relay.Ended():
		default:
			return relay
		}
	}
	relay, running := handle.Relay()
	if !running {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.relay = relay
	return relay
}

// interrupt passes a gateway's interrupt on. Nobody waits for it: those that come faster than they leave are dropped.
func (s *Server) interrupt(gateway string, i wire.Interrupt) {
	s.with(gateway, func(g *Gateway) {
		relay := g.route()
		if relay == nil {
			return
		}
		select {
		case g.turns <- struct{}{}:
		default:
			return
		}
		go func() {
			defer func() { <-g.turns }()
			ctx, cancel := context.WithTimeout(context.Background(), interruptTime)
			defer cancel()
			if err := relay.Interrupt(ctx, i.SessionKey, i.Reason); err != nil {
				g.log.Debug("an interrupt did not reach the connector", "err", err)
			}
		}()
	})
}
