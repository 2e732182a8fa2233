package connector

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"hermod/connector/limit"
)

// Connector is a running server. Its methods are safe for concurrent use.
type Connector struct {
	cfg Config
	// authenticates says whether gateways must.
	authenticates bool
	log           *slog.Logger
	store         *store
	records       *records
	drafts        *drafts
	// accounts and media are the HTTP plane's.
	accounts *accounts
	media    *mediaStore
	ln       net.Listener
	servers  []*http.Server
	served   sync.WaitGroup // their listeners
	wakers   *wakers
	silence  time.Duration // see silenceTime
	quiet    *quiet

	ctx    context.Context // ends when Close begins
	cancel context.CancelFunc
	work   sync.WaitGroup // upgraded connections, control requests, actions, wake calls

	mu       sync.Mutex
	closing  bool
	gateways map[string]*gateway
	sockets  map[*socket]struct{}
}

// Start listens and serves until Close. Errors are those of Config.Validate, of the listener, of
// the data folder, and a *wire.ConfigError for a control API that would not be on loopback.
func Start(cfg Config) (*Connector, error) {
	ln, err := cfg.listen()
	if err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	store, entries, revoked, err := openStore(cfg.DataDir)
	if err != nil {
		_ = ln.Close()
		return nil, err
	}
	accounts, media, err := openPlane(cfg, store)
	if err != nil {
		_ = ln.Close()
		return nil, errors.Join(err, store.close())
	}
	c := &Connector{
		accounts: accounts, media: media,
		cfg: cfg, authenticates: cfg.authenticates(), log: cfg.Logger, store: store, ln: ln,
		drafts:   newDrafts(),
		records:  &records{maxCount: cfg.MaxRecords, maxBytes: cfg.MaxRecordBytes},
		gateways: make(map[string]*gateway), sockets: make(map[*socket]struct{}),
		wakers: newWakers(newWakeGuard(&cfg)), quiet: newQuiet(), silence: silenceTime,
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.knowGateways(entries, revoked)
	if err := store.loadAside(func(id string, i item) { c.knowLocked(id).aside.add(i) }); err != nil {
		_ = ln.Close()
		return nil, errors.Join(err, store.close())
	}
	c.pokeThoseAwaited()
	c.work.Go(func() { media.expire(c.ctx, c.log) })
	c.serve()
	return c, nil
}

// openPlane reads what gateways declared and stored over HTTP.
func openPlane(cfg Config, s *store) (*accounts, *mediaStore, error) {
	accounts, err := openAccounts(cfg, s)
	if err != nil {
		return nil, nil, err
	}
	media, err := openMedia(s, mediaQuota{
		all:   mediaUse{int64(cfg.MaxMediaBytes), cfg.MaxMediaFiles},
		owner: mediaUse{int64(cfg.MaxTenantMediaBytes), cfg.MaxTenantMediaFiles},
	}, cfg.MediaLife, accounts.owner)
	return accounts, media, err
}

// knowGateways creates every gateway that is configured or known from the store.
func (c *Connector) knowGateways(entries []stored, revoked []string) {
	if !c.authenticates {
		c.knowLocked(DefaultGateway)
	}
	for _, id := range c.accounts.ids() {
		c.knowLocked(id)
	}
	for _, e := range entries {
		c.knowLocked(e.gateway).backlog.insert(e.entry)
	}
	for _, id := range revoked {
		c.knowLocked(id).revoked = true
	}
}

// knowLocked returns the gateway of that id, and creates it if it is new.
func (c *Connector) knowLocked(id string) *gateway {
	g := c.gateways[id]
	if g == nil {
		g = &gateway{id: id, c: c}
		c.gateways[id] = g
	}
	return g
}

func (c *Config) authenticates() bool {
	return len(c.Gateways) > 0 || len(c.Tenants) > 0 || c.Embedding.Elsewhere.Knows != nil
}

func (c *Connector) serve() {
	mux := http.NewServeMux()
	mux.HandleFunc("/relay", c.upgrade)
	c.httpPlane(mux)
	if c.cfg.Dev {
		mux.Handle("/dev/", c.controlAPI())
	}
	c.serveAt(c.ln, c.takeable(mux), c.cfg.TLS)
	if taken := c.cfg.Embedding.Elsewhere.Taken; taken != nil {
		c.serveAt(taken, asDialled(mux), nil)
	}
}

// serveAt answers what comes to a listener, over TLS if that is set.
func (c *Connector) serveAt(ln net.Listener, handler http.Handler, secured *tls.Config) {
	server := &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(c.log.Handler(), slog.LevelDebug)}
	bounded := limit.Guard(server, ln, c.cfg.MaxConnections)
	serve := server.Serve
	if secured != nil {
		server.TLSConfig = secured.Clone()
		serve = func(ln net.Listener) error { return server.ServeTLS(ln, "", "") }
	}
	c.servers = append(c.servers, server)
	c.served.Go(func() {
		if err := serve(bounded); !errors.Is(err, http.ErrServerClosed) {
			c.log.Error("the listener failed", "err", err)
		}
	})
}

// Close refuses new work, closes every session 1001 after what is queued for it, commits the buffer,
// and returns when nothing runs any more. If ctx ends first, sockets are dropped; the error says so,
// and whether an OnOutbound call that ignores its context still runs.
func (c *Connector) Close(ctx context.Context) error {
	c.mu.Lock()
	if c.closing {
		c.mu.Unlock()
		return ErrClosed
	}
	c.closing = true
	c.mu.Unlock()
	for _, g := range c.all() {
		g.shut()
	}
	c.cancel()
	return errors.Join(c.quiesce(ctx), c.store.close())
}

// quiesce waits for every goroutine, by force once ctx has ended.
func (c *Connector) quiesce(ctx context.Context) error {
	polite, cancel := context.WithTimeout(ctx, lingerTime)
	defer cancel()
	for _, server := range c.servers {
		if server.Shutdown(polite) != nil {
			_ = server.Close()
		}
	}
	c.served.Wait()
	idle := make(chan struct{})
	go func() {
		defer close(idle)
		c.work.Wait()
	}()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	for sock := range c.sockets {
		_ = sock.Close()
	}
	c.mu.Unlock()
	select {
	case <-idle:
		return fmt.Errorf("connector: closing: sessions were dropped: %w", ctx.Err())
	case <-time.After(lingerTime):
		return fmt.Errorf("connector: closing: an OnOutbound call does not return: %w", ctx.Err())
	}
}

// begin registers a piece of work, unless the connector is closing; c.work.Done ends it.
func (c *Connector) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closing {
		c.work.Add(1)
	}
	return !c.closing
}

// enter registers a connection, so that Close can end it.
func (c *Connector) enter(sock *socket) bool {
	if !c.begin() {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sockets[sock] = struct{}{}
	return true
}

func (c *Connector) leave(sock *socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.sockets, sock)
	c.work.Done()
}
