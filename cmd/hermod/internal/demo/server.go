package demo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"os"
	"sync"
	"time"

	json "github.com/goccy/go-json"

	"hermod/connector"
	"hermod/wire"
)

// server is a connector on loopback that can be stopped and started again: its address, its secrets and its
// folder stay.
type server struct {
	cfg connector.Config

	mu      sync.Mutex
	current *connector.Connector // the closed one while there is none
}

// window is how many deliveries of a bot may be on their way at a time.
const window = 32

func startServer(bots []bot) (*server, error) {
	dir, err := os.MkdirTemp("", "hermod-demo-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for the connector's buffer: %w", err)
	}
	cfg := connector.Config{
		Listen: "127.0.0.1:0", DataDir: dir, Window: window, MaxRecords: 1,
		OnOutbound: performSlowly, Gateways: make(map[string][]wire.Secret, len(bots)),
	}
	for _, bot := range bots {
		cfg.Gateways[bot.name] = []wire.Secret{bot.secret}
	}
	c, err := connector.Start(cfg)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	cfg.Listen = c.Addr()
	return &server{cfg: cfg, current: c}, nil
}

// performSlowly is the platform: it takes a moment over each action, as platforms do. So trouble always finds requests
// and handlers at work.
func performSlowly(ctx context.Context, r connector.Record) wire.Result {
	pause(ctx, 20*time.Millisecond+mathrand.N(100*time.Millisecond))
	return wire.Result{Success: true, MessageID: fmt.Sprintf("%s-%d", r.Gateway, r.Seq)}
}

func freshSecret() wire.Secret {
	key := make([]byte, 32)
	_, _ = rand.Read(key)
	return wire.Secret(hex.EncodeToString(key))
}

func (c *server) get() *connector.Connector {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.current
}

func (c *server) url() string { return c.get().URL() }

// buffered is how many deliveries a bot has not acknowledged; "" means all bots.
func (c *server) buffered(bot string) int {
	n := 0
	for id, state := range c.get().State() {
		if bot == "" || bot == id {
			n += state.Buffered
		}
	}
	return n
}

// inject delivers an event. While the connector is down, or its buffer full, the platform waits: nothing is on disk
// then.
func (c *server) inject(ctx context.Context, bot string, event json.RawMessage) error {
	for {
		_, err := c.get().Inject(bot, event)
		if !errors.Is(err, connector.ErrClosed) && !errors.Is(err, connector.ErrBufferFull) {
			return err
		}
		if !pause(ctx, 20*time.Millisecond) {
			return err
		}
	}
}

// stop closes the connector: every session ends with 1001.
func (c *server) stop(ctx context.Context) error { return c.get().Close(ctx) }

// start brings the connector back. Its port may be another program's for a moment.
func (c *server) start() error {
	ctx, cancel := context.WithTimeout(context.Background(), closeTime)
	defer cancel()
	var fresh *connector.Connector
	var err error
	waitUntil(ctx, func() bool {
		fresh, err = connector.Start(c.cfg)
		return err == nil
	})
	if err != nil {
		return fmt.Errorf("start the connector again: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.current = fresh
	return nil
}

// close ends the connector for good, with all that it stored.
func (c *server) close(ctx context.Context) error {
	err := c.get().Close(ctx)
	if errors.Is(err, connector.ErrClosed) {
		err = nil
	}
	return errors.Join(err, os.RemoveAll(c.cfg.DataDir))
}
