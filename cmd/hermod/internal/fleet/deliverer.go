package fleet

import (
	"context"
	"log/slog"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/wire"
)

// Deliverer takes what the connector sends to one bot, under the rules of [actors.Handlers]: its methods but Close run
// side by side for different sessions, may block, and have a context that ends with the relay's draining; nil
// acknowledges. What else it can take it says by implementing PassthroughTaker, InterruptTaker and DeadLetterTaker.
type Deliverer interface {
	Inbound(ctx context.Context, d *actors.Inbound) error
	// Close is called once, when the relay has stopped and its last handler has returned, or the budget for draining is
	// over. ctx ends with the budget, and Close returns soon after.
	Close(ctx context.Context) error
}

// PassthroughTaker is a Deliverer that takes forwarded HTTP requests; without it they are dead letters.
type PassthroughTaker interface {
	Passthrough(ctx context.Context, d *actors.Passthrough) error
}

// InterruptTaker is a Deliverer that takes interrupts; without it they are dropped and counted.
type InterruptTaker interface {
	Interrupt(ctx context.Context, i wire.InterruptInbound)
}

// DeadLetterTaker is a Deliverer that takes deliveries which were given up, and frames that could not be decoded;
// without it the former stay unacknowledged and the bot's status says so.
type DeadLetterTaker interface {
	DeadLetter(ctx context.Context, d *actors.DeadLetter) error
}

// CommandTeller is a Deliverer that declares the command manifest of the bot's hello.
type CommandTeller interface {
	// Commands is called once, before the relay dials.
	Commands() []wire.Command
}

// Target is what a deliverer is made for.
type Target struct {
	// Bot is the fleet's handle: its Relay method finds the relay that runs, if one does.
	Bot *Bot
	// Config is the bot's configuration for as long as this deliverer lives.
	Config *config.Bot
	// Logger names the bot in every line.
	Logger *slog.Logger
	// Report replaces what the bot's status says of the delivery; until the first call that is a Health of zeros. It
	// never blocks, and calls must not run side by side.
	Report func(Health)
}

// NewDeliverer makes the deliverer of a bot each time a relay of it starts. It runs on a goroutine of its own and may
// block until ctx ends, which it does when the bot is not to run after all. An error leaves the bot failed, with the
// error in its status.
type NewDeliverer func(ctx context.Context, t Target) (Deliverer, error)
