package downstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/connector"
	"hermod/wire"
)

// Gateway is the gateway of one bot. Its methods may be called from any goroutine.
type Gateway struct {
	server *Server
	id     string
	bot    string
	// leaving says that the bot drains and goes to another node. The server's lock guards it.
	leaving bool
	log     *slog.Logger
	turns   chan struct{} // one for each interrupt under way
	places  chan struct{} // one for each request of the HTTP plane

	mu         sync.Mutex
	secrets    []wire.Secret      // newest first
	wake       string             // the URL of the configuration, "" for none
	identities []wire.Identity    // of the bot
	upstream   string             // the base of its connector's HTTP plane
	handle     *fleet.Bot         // nil before the bot's first delivery was set up
	current    *route             // by the relay that ran last, nil before
	report     func(fleet.Health) // nil while nobody delivers
	told       fleet.DeliveryState
	known      descriptors
	commands   []wire.Command // that the gateway declared last
	revoked    bool
	absent     time.Time // since when no gateway is connected; zero while one is
	strangers  map[wire.Identity]bool
	trouble    trouble
}

// trouble is why a delivery could not be kept.
type trouble struct {
	err   error
	since time.Time
	tries int
}

// maxInterrupts bounds the interrupts of one gateway that are on their way to the connector; more are dropped.
const maxInterrupts = 64

func (s *Server) newGateway(id string, bot *config.Bot) *Gateway {
	g := &Gateway{server: s, id: id, bot: bot.Name, log: s.log.With("bot", bot.Name), absent: time.Now(),
		turns: make(chan struct{}, maxInterrupts), places: make(chan struct{}, maxTransfers)}
	g.known = remembered(s.opts.Memory.Descriptors(bot.Name))
	g.commands = decodeManifest(s.opts.Memory.Descriptors(bot.Name + manifestKey))
	return g
}

func (g *Gateway) identify(bot *config.Bot) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.upstream, _ = wire.BaseURL(bot.URL)
	g.secrets, g.wake = bot.Deliver.Relay.Secrets(), bot.Deliver.Relay.WakeURL
	g.identities = g.identities[:0:0]
	for _, identity := range bot.Identities {
		g.identities = append(g.identities, wire.Identity(identity))
	}
}

// Attach has the gateway's requests go to the bot, and how it is reported by report, until Detach.
func (g *Gateway) Attach(bot *fleet.Bot, report func(fleet.Health)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.handle, g.report, g.told = bot, report, ""
}

// Detach ends the reports. Requests go to the bot still, which refuses them while no relay of it runs.
func (g *Gateway) Detach() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.report = nil
}

// IsRefusal says of an error of Deliver that the gateway cannot take the parcel, however often it is tried.
func IsRefusal(err error) bool {
	tooLarge := new(wire.FrameTooLargeError)
	return errors.As(err, &tooLarge) || errors.Is(err, connector.ErrTooLargeForGateway) ||
		errors.Is(err, connector.ErrRefused)
}

const (
	firstRetry = time.Second
	lastRetry  = 30 * time.Second
)

// Deliver returns nil when the parcel is safe with the gateway or on disk, and may be acknowledged. While it cannot be
// kept it is tried again, until ctx ends. One that the gateway cannot take fails with an IsRefusal. Parcels that are
// delivered one after the other reach the gateway in that order.
func (g *Gateway) Deliver(ctx context.Context, p connector.Parcel) error {
	for delay := firstRetry; ; delay = min(2*delay, lastRetry) {
		c, changed := g.server.current()
		err := connector.ErrClosed
		if c != nil {
			err = g.hand(ctx, c, p)
		}
		switch {
		case err == nil:
			g.settle()
			return nil
		case IsRefusal(err), ctx.Err() != nil:
			return err
		}
		var again <-chan time.Time
		if !errors.Is(err, connector.ErrClosed) {
			g.fail(err)
			again = time.After(delay)
		}
		select {
		case <-changed:
		case <-again:
		case <-ctx.Done():
			return fmt.Errorf("deliver to the gateway: %w: %w", err, ctx.Err())
		}
	}
}

func (g *Gateway) hand(ctx context.Context, c *connector.Connector, p connector.Parcel) error {
	if g.server.Durable() {
		return c.Keep(ctx, g.id, p)
	}
	return c.Hand(ctx, g.id, p)
}

// Interrupt tells the gateway to stop what runs for a session. It is dropped if no gateway is there.
func (g *Gateway) Interrupt(i wire.InterruptInbound) error {
	c, _ := g.server.current()
	if c == nil {
		return connector.ErrNotConnected
	}
	return c.Interrupt(g.id, i)
}

// hello remarks a platform that the bot does not front: its requests would be refused.
func (s *Server) hello(gateway string, h wire.Hello) {
	s.with(gateway, func(g *Gateway) {
		g.declare(h)
		id := wire.Identity{Platform: h.Platform, BotID: h.BotID}
		g.mu.Lock()
		same := func(own wire.Identity) bool { return own.Platform == id.Platform }
		strange := !slices.ContainsFunc(g.identities, same) && !g.strangers[id] && len(g.strangers) < maxInterrupts
		if strange {
			if g.strangers == nil {
				g.strangers = make(map[wire.Identity]bool)
			}
			g.strangers[id] = true
		}
		g.mu.Unlock()
		if strange {
			g.log.Warn("the gateway says hello for a platform that the bot does not have: what it sends there is refused",
				"platform", h.Platform, "hint", "add it to the bot's identities, or take it out of the gateway's")
		}
	})
}
