package daemon

import (
	"context"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// deliverers make what takes a bot's deliveries.
var deliverers = map[string]fleet.NewDeliverer{
	config.KindWebhook: newHold, config.KindStream: newHold, config.KindProcess: newHold,
}

// hold keeps deliveries unacknowledged, so that the connector keeps them too.
type hold struct{}

func newHold(context.Context, fleet.Target) (fleet.Deliverer, error) { return hold{}, nil }

// Inbound waits for the relay's end.
func (hold) Inbound(ctx context.Context, _ *actors.Inbound) error {
	<-ctx.Done()
	return ctx.Err()
}

// Close has nothing to end.
func (hold) Close(context.Context) error { return nil }
