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
func (s *Server) begin(r connector.Record, answer func(wire.Result)) {
	var g *Gateway
	s.with(r.Gateway, func(known *Gateway) { g = known })
	if g == nil || !g.begin(r, answer) {
		answer(wire.Failure(actors.ErrNotConnected.Error(), false))
	}
}

// begin says whether there is a relay to begin the request on.
func (g *Gateway) begin(r connector.Record, answer func(wire.Result)) bool {
	route := g.route()
	if route == nil {
		return false
	}
	r.Action = g.inward(r.Base, r.Action)
	f := &flight{answer: answer, done: route.bot.Sending(context.Background(), r.Action, r.Platform)}
	if !route.enter(f) {
		return false
	}
	settle := func(result wire.Result, err error) { route.settle(f, result, err) }
	if r.Platform == "" {
		route.relay.StartFunc(r.Action, settle)
	} else {
		route.relay.StartFunc(r.Action, settle, actors.Via(r.Platform))
	}
	return true
}

// interrupt passes a gateway's interrupt on. Nobody waits for it: those that come faster than they leave are dropped.
func (s *Server) interrupt(gateway string, i wire.Interrupt) {
	s.with(gateway, func(g *Gateway) {
		route := g.route()
		if route == nil {
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
			if err := route.relay.Interrupt(ctx, i.SessionKey, i.Reason); err != nil {
				g.log.Debug("an interrupt did not reach the connector", "err", err)
			}
		}()
	})
}
