package fleet

import (
	"context"
	"fmt"
	"log/slog"

	"hermod/cmd/hermod/internal/config"
)

// preparation does what has to be done before a relay can be spawned, on a goroutine of its own.
type preparation struct {
	turn   uint64
	bot    *Bot
	config *config.Bot
	opts   Options
	log    *slog.Logger
}

// run reports exactly once, by the message prepared.
func (p preparation) run(ctx context.Context) {
	result := &prepared{turn: p.turn}
	result.err = guard(func() error { return p.fill(ctx, result) })
	if result.err != nil {
		closeUnwanted(result.deliverer)
		result.deliverer = nil
	}
	p.bot.self.Tell(result)
}

func (p preparation) fill(ctx context.Context, result *prepared) error {
	cfg := p.config
	relay, err := cfg.Relay()
	if err != nil {
		return err
	}
	if p.opts.Prepare != nil {
		report := func(err error, hint string) { p.bot.self.Tell(&waiting{turn: p.turn, err: err, hint: hint}) }
		if cfg, err = p.opts.Prepare(ctx, cfg, relay, report); err != nil {
			return fmt.Errorf("prepare the connector: %w", err)
		}
		relay.GatewayID, relay.Secret = cfg.GatewayID, cfg.Secret.Reveal()
	}
	result.config = cfg
	relay.Logger, relay.Dial = p.opts.Logger, p.opts.Dial
	kind := cfg.Deliver.Kind()
	make := p.opts.Deliverers[kind]
	if make == nil {
		return fmt.Errorf("nothing delivers by %s", kind)
	}
	if result.deliverer, err = make(ctx, Target{Bot: p.bot, Config: cfg, Logger: p.log}); err != nil {
		return fmt.Errorf("set up delivery by %s: %w", kind, err)
	}
	relay.Handlers = p.opts.Observer.Handlers(cfg, handlers(result.deliverer))
	result.props, err = p.opts.engine.RelayProps(p.bot.name, relay)
	return err
}

// closeUnwanted ends a deliverer that no relay uses; there is nothing to wait for.
func closeUnwanted(d Deliverer) {
	if d == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	go func() { _ = guard(func() error { return d.Close(ctx) }) }()
}
