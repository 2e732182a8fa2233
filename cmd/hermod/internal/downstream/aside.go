package downstream

import (
	"context"
	"time"

	"hermod/connector"
	"hermod/wire"
)

// asideTime bounds the keeping of what a gateway could not take.
const asideTime = 10 * time.Second

// Aside keeps a parcel that a bot's gateway could not take, and why; nil lets it go here.
type Aside func(ctx context.Context, bot string, p connector.Parcel, reason string) error

// KeepAside has what gateways cannot take given away. It is called once at most, before Follow.
func (s *Server) KeepAside(keep Aside) { s.aside = keep }

// clearAside gives away what the connector has set aside for the gateway, which nobody would see there.
func (g *Gateway) clearAside(ctx context.Context) {
	c, _ := g.server.current()
	if c == nil || g.server.aside == nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, asideTime)
	defer cancel()
	list, _ := c.SetAside(g.id)
	for _, item := range list {
		payload, err := c.SetAsidePayload(g.id, item.BufferID)
		if err == nil {
			p := connector.Parcel{Forward: item.Kind == wire.KindPassthroughForward.String(), Object: payload}
			err = g.server.aside(ctx, g.bot, p, item.Reason)
		}
		if err == nil {
			err = c.Discard(g.id, item.BufferID)
		}
		if err != nil {
			g.log.Warn("what the gateway cannot take is not among the dead letters yet; it is tried again", "err", err)
			return
		}
	}
}
