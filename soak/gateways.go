package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"hermod/actors"
	"hermod/wire"
)

// startGateways starts the gateways behind the daemon, each with a relay that dials it as it would dial a connector.
func (w *world) startGateways() (err error) {
	if w.engine, err = actors.New(actors.EngineConfig{}); err != nil {
		return err
	}
	for i := range w.bots {
		if wayOf(i) != byRelay {
			continue
		}
		r, err := w.engine.Spawn(botName(i), actors.Config{URL: "ws://" + w.daemon.Gateways, GatewayID: "behind-" + botName(i),
			Secret: w.secret, Identities: []wire.Identity{{Platform: "discord", BotID: fmt.Sprintf("b%d", i)}},
			Backoff: time.Second / 2, MaxBackoff: 5 * time.Second, Handlers: actors.Handlers{Inbound: w.handleBehind}})
		if err != nil {
			return err
		}
		w.behind = append(w.behind, r)
	}
	return nil
}

func (w *world) handleBehind(ctx context.Context, _ *actors.Inbound) error {
	switch n := rand.IntN(1000); {
	case n < 5:
		pause(ctx, time.Duration(1+rand.IntN(4))*time.Second)
	case n < 10:
		return context.DeadlineExceeded
	}
	w.handled.Add(1)
	return nil
}
