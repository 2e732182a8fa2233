package downstream

import (
	"context"
	"errors"
	"time"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/connector"
	"hermod/messages"
)

// lookAgain is how often the gateways' health is looked at, besides at each change.
const lookAgain = 5 * time.Second

// Follow takes over what becomes of the bots until events is closed.
func (s *Server) Follow(events <-chan fleet.Event) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	look := time.NewTicker(lookAgain)
	defer look.Stop()
	for {
		select {
		case event, ok := <-events:
			if !ok {
				return
			}
			if g := s.Of(event.Bot); g != nil && !event.Removed {
				g.follow(ctx, event.Status)
			}
		case <-look.C:
			for _, g := range s.all() {
				g.clearAside(ctx)
				g.tell()
			}
		}
	}
}

// follow takes over a bot's transition.
func (g *Gateway) follow(ctx context.Context, s fleet.Status) {
	if s.State == messages.Ready {
		g.learnDescriptors(ctx)
	}
	g.mu.Lock()
	g.revoked = s.State == messages.Disabled && s.Cause == fleet.Revoked
	g.mu.Unlock()
	g.enforce()
}

// enforce has the gateway refused while the connector refuses its bot.
func (g *Gateway) enforce() {
	c, _ := g.server.current()
	if c == nil {
		return
	}
	g.mu.Lock()
	revoked := g.revoked
	g.mu.Unlock()
	state, err := c.Gateway(g.id)
	if err == nil && state.Revoked != revoked {
		change := c.Restore
		if revoked {
			change = c.Revoke
			g.log.Warn("the connector revoked the bot's credential: its gateway is refused with 4401, too")
		}
		err = change(g.id)
	}
	if err != nil && !errors.Is(err, connector.ErrClosed) {
		g.log.Error("the gateway could not be refused, or let in again", "err", err)
	}
}
