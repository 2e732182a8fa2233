package fleet

import (
	"context"
	"fmt"
	"log/slog"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
)

// preparation does what has to be done before a relay can be spawned, on a goroutine of its own.
type preparation struct {
	turn   uint64
	bot    *Bot
	config *config.Bot
	log    *slog.Logger
}

// run reports exactly once, by the message prepared. If the bot's actor stops before it takes that, nobody else would
// close the deliverer.
func (p preparation) run(ctx context.Context) {
	result := &prepared{turn: p.turn, taken: make(chan struct{})}
	result.err = actors.Guard(func() error { return p.fill(ctx, result) })
	if result.err != nil {
		closeUnwanted(result.deliverer)
		result.deliverer = nil
	}
	done := p.bot.done.Join()
	defer p.bot.done.Leave(done)
	p.bot.tell(result)
	select {
	case <-result.taken:
		return
	case <-done.C:
	}
	select {
	case <-result.taken:
	default:
		closeUnwanted(result.deliverer)
	}
}

func (p preparation) fill(ctx context.Context, result *prepared) error {
	cfg, opts := p.config, &p.bot.fleet.opts
	relay, err := cfg.Relay()
	if err != nil {
		return err
	}
	if opts.Prepare != nil {
		report := func(err error, hint string) { p.bot.tell(&waiting{turn: p.turn, err: err, hint: hint}) }
		if cfg, err = opts.Prepare(ctx, cfg, relay, report); err != nil {
			return fmt.Errorf("prepare the connector: %w", err)
		}
		relay.GatewayID, relay.Secret = cfg.GatewayID, cfg.Secret.Reveal()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	result.config = cfg
	relay.Dial = opts.Dial
	kind := cfg.Deliver.Kind()
	newDeliverer := opts.Deliverers[kind]
	if newDeliverer == nil {
		return fmt.Errorf("nothing delivers by %s", kind)
	}
	bot, turn := p.bot, p.turn // all that Report keeps
	if result.deliverer, err = newDeliverer(ctx, Target{Bot: bot, Config: cfg, Logger: p.log,
		Report: func(h Health) { bot.tell(&deliveryChanged{turn: turn, health: h}) }}); err != nil {
		return fmt.Errorf("set up delivery by %s: %w", kind, err)
	}
	if teller, ok := result.deliverer.(CommandTeller); ok {
		relay.Commands = teller.Commands()
	}
	relay.Handlers = handlersOf(result.deliverer, cfg, opts.Observer)
	result.relay = relay
	return nil
}

// closeUnwanted ends a deliverer that no relay uses; there is nothing to wait for.
func closeUnwanted(d Deliverer) {
	if d == nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	go func() { _ = actors.Guard(func() error { return d.Close(ctx) }) }()
}
