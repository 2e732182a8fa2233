// Command gateway is a complete gateway to copy. It answers every message of one bot, and is configured by the
// environment variables that gateways of every language use.
package main

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"hermod/actors"
	"hermod/gateway/adapter"
	"hermod/wire"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		log.Fatal(err)
	}
}

// run keeps the bot connected until ctx ends, or until its credential is revoked.
func run(ctx context.Context) error {
	identities, err := adapter.Identities(os.Getenv)
	if err != nil {
		return err
	}
	engine, err := actors.New(actors.EngineConfig{Logger: slog.Default()})
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	_, err = engine.Spawn("bot", actors.Config{
		URL:        os.Getenv("GATEWAY_RELAY_URL"),
		GatewayID:  os.Getenv("GATEWAY_RELAY_ID"),
		Secret:     wire.Secret(os.Getenv("GATEWAY_RELAY_SECRET")),
		Identities: identities,
		Handlers: actors.Handlers{
			Inbound: answer,
			Fatal:   func(_ context.Context, f actors.Fatal) { ended <- errors.New(f.Message) },
		},
	})
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-ended:
		}
	}
	closing, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	return errors.Join(err, engine.Close(closing))
}

// answer is the bot. If it returns nil, the message is acknowledged; if it fails, the message comes again.
func answer(ctx context.Context, d *actors.Inbound) error {
	_, err := d.Relay.Send(ctx, wire.NewSend(d.Event.Source.ChatID, "You said: "+d.Event.Text))
	return err
}
