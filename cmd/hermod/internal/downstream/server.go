package downstream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"sync"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/connector"
)

// folder is where the state folder keeps what waits for gateways.
const folder = "gateways"

// window is how many deliveries a gateway may have without having acknowledged them.
const window = 64

// closeTime bounds the end of the sessions when the listener is closed.
const closeTime = 3 * time.Second

// Memory keeps what connectors said of their platforms, by bot, so that a gateway can begin while its connector is
// away. Its methods may be called from any goroutine.
type Memory interface {
	// Descriptors returns what was kept last, nil for nothing.
	Descriptors(bot string) []byte
	// KeepDescriptors keeps it, and waits for the disk.
	KeepDescriptors(ctx context.Context, bot string, descriptors []byte) error
}

// Options describe a server.
type Options struct {
	// Memory outlives the server.
	Memory Memory
	// Elsewhere is for a node of a cluster; nil runs every bot here.
	Elsewhere Elsewhere
	// Connections bounds the connections that are no session of a gateway, or not yet.
	Connections int
	// Logger gets what happens, without contents or tokens.
	Logger *slog.Logger
}

// Server has the gateways behind the daemon. Its methods may be called from any goroutine, but for Apply and Close,
// which belong to one.
type Server struct {
	opts  Options
	log   *slog.Logger
	aside Aside

	mu       sync.Mutex
	running  *connector.Connector // nil while nothing listens
	changed  chan struct{}        // closed when running changes
	gateways map[string]*Gateway  // by id
	byBot    map[string]*Gateway
	durable  bool
	brought  *brought // where connections come from that other nodes accepted; nil while nothing listens

	granting sync.Mutex // held while the connector is told who the gateways are

	maxKept, maxKeptBytes int // for each gateway
}

// New returns a server that does not listen yet.
func New(opts Options) *Server {
	return &Server{opts: opts, log: opts.Logger, changed: make(chan struct{}),
		gateways: make(map[string]*Gateway), byBot: make(map[string]*Gateway)}
}

// Apply has the server know the gateways of a configuration. With a listener it serves them there from now on, after it
// has closed the sessions of the one before; without one it goes on where it is. A gateway that the configuration does
// not name any more is refused. In a cluster it stays until its bot has left, and is then asked to come back.
func (s *Server) Apply(cfg *config.Config, listener net.Listener, secured *tls.Config) error {
	s.learn(cfg)
	c, _ := s.current()
	if !cfg.Behind() && (c == nil || s.opts.Elsewhere == nil) {
		s.stop()
		return nil
	}
	if listener == nil && c != nil {
		defer s.tellLeftovers()
		return s.grant(c)
	}
	if listener == nil && s.opts.Elsewhere == nil {
		return nil
	}
	if listener == nil {
		listener = newBrought() // the gateways dial other nodes
	}
	s.stop()
	c, err := connector.Start(s.settings(cfg, listener, secured))
	if err != nil {
		if s.brought != nil {
			_ = s.brought.Close()
		}
		return fmt.Errorf("serve the gateways behind the daemon: %w", err)
	}
	for id, state := range c.State() {
		if state.Revoked {
			_ = c.Restore(id) // whether the connector refuses the bot is seen anew
		}
	}
	s.replace(c)
	s.tellLeftovers()
	for _, g := range s.all() {
		g.enforce()
	}
	return nil
}

// settings are those of the connector that the gateways see.
func (s *Server) settings(cfg *config.Config, listener net.Listener, secured *tls.Config) connector.Config {
	settings := connector.Config{
		Listener: listener, TLS: secured, Gateways: s.secrets(),
		Live: !cfg.Gateways.Durable, Window: window,
		MaxBuffered: cfg.Gateways.MaxKept, MaxBufferedBytes: cfg.Gateways.MaxKeptBytes,
		MaxConnections: s.opts.Connections, MaxRecords: 1, MaxRecordBytes: 1, Logger: s.log,
		OnInterrupt: s.interrupt,
		Embedding: connector.Embedding{Describe: s.describe, Begin: s.begin, Hello: s.hello, Outgoing: s.outgoing,
			Plane: s.plane, WakeURL: s.wakeURL,
			Present: func(gateway string) { s.with(gateway, (*Gateway).moved) }},
	}
	if cfg.Gateways.Durable {
		settings.DataDir = filepath.Join(cfg.State, folder)
	}
	if s.opts.Elsewhere != nil {
		taken := newBrought()
		s.mu.Lock()
		s.brought = taken
		s.mu.Unlock()
		settings.Embedding.Elsewhere = connector.Elsewhere{Take: s.take, Taken: taken, Knows: s.opts.Elsewhere.Knows}
	}
	return settings
}

// wakeURL is the one that the configuration has for a gateway.
func (s *Server) wakeURL(gateway string) (url string) {
	s.with(gateway, func(g *Gateway) {
		g.mu.Lock()
		defer g.mu.Unlock()
		url = g.wake
	})
	return url
}

// Settled says that a configuration asks for nothing that a running server would have to be closed for.
func Settled(before, after *config.Config) bool {
	a, b := before.Gateways, after.Gateways
	return a.Durable == b.Durable && a.MaxKept == b.MaxKept && a.MaxKeptBytes == b.MaxKeptBytes &&
		before.Behind() == after.Behind()
}

// learn makes the gateways that are new, and forgets those that are gone.
func (s *Server) learn(cfg *config.Config) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.durable, s.maxKept, s.maxKeptBytes = cfg.Gateways.Durable, cfg.Gateways.MaxKept, cfg.Gateways.MaxKeptBytes
	gateways, byBot := make(map[string]*Gateway), make(map[string]*Gateway)
	for _, bot := range cfg.Bots {
		r := bot.Deliver.Relay
		if r == nil {
			continue
		}
		g := s.gateways[r.GatewayID]
		if g == nil || g.bot != bot.Name {
			g = s.newGateway(r.GatewayID, bot)
		}
		g.identify(bot)
		gateways[g.id], byBot[g.bot] = g, g
	}
	s.linger(gateways, byBot)
	s.gateways, s.byBot = gateways, byBot
}

// replace makes c the connector that the gateways see; nil is none.
func (s *Server) replace(c *connector.Connector) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running = c
	close(s.changed)
	s.changed = make(chan struct{})
}

// current returns the connector that runs, nil for none, and what is closed when that changes.
func (s *Server) current() (*connector.Connector, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running, s.changed
}

func (s *Server) all() []*Gateway {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*Gateway, 0, len(s.gateways))
	for _, g := range s.gateways {
		all = append(all, g)
	}
	return all
}

// with does something with a gateway, if it is known.
func (s *Server) with(id string, do func(*Gateway)) {
	s.mu.Lock()
	g := s.gateways[id]
	s.mu.Unlock()
	if g != nil {
		do(g)
	}
}

// Of returns the gateway of a bot; nil when the configuration in force has none.
func (s *Server) Of(bot string) *Gateway {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.byBot[bot]
}

// Durable says that deliveries are kept on disk.
func (s *Server) Durable() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.durable
}

// stop closes the sessions and the listener.
func (s *Server) stop() {
	c, _ := s.current()
	if c == nil {
		return
	}
	s.replace(nil)
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	if err := c.Close(ctx); err != nil && !errors.Is(err, connector.ErrClosed) {
		s.log.Warn("the gateways' sessions did not close in order", "err", err)
	}
}

// Close ends every session. What is delivered afterwards waits until its context ends.
func (s *Server) Close() { s.stop() }
