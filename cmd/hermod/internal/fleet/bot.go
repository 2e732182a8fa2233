package fleet

import (
	"context"
	"fmt"

	"hermod/actors"
	"hermod/cmd/hermod/internal/config"
	"hermod/messages"
)

// Bot is a handle on one bot of the fleet. It stays good while the bot is in the configuration, across reloads and
// restarts of its relay. Its methods may be called from any goroutine, and after the bot has left.
type Bot struct {
	name     string
	self     ref[toBot]
	observer Observer
	done     chan struct{} // closed when the bot's actor has stopped
}

// Name is the bot's name in the configuration.
func (b *Bot) Name() string { return b.name }

// Done is closed when the bot has left the fleet and nothing of it runs any more.
func (b *Bot) Done() <-chan struct{} { return b.done }

// Config returns the bot's configuration, with what the connector issued to the relay that runs; nil after the bot has
// left. It must not be changed.
func (b *Bot) Config() *config.Bot {
	reply := make(chan *config.Bot, 1)
	b.self.Tell(&getConfig{reply: reply})
	cfg, _ := await(reply, b.done)
	return cfg
}

// Relay returns the relay that runs, which is another one after each start. Its methods answer with failures once it has
// ended. It is false while the bot is starting, disabled or failed to start.
func (b *Bot) Relay() (*actors.Relay, bool) {
	now := b.snapshot()
	return now.relay, now.relay != nil
}

// Status returns how the bot is, with the counters of this moment.
func (b *Bot) Status() Status {
	now := b.snapshot()
	if now.relay == nil {
		return now.status
	}
	live := now.relay.Status()
	now.status.Counters = live.Counters
	now.status.Pending, now.status.Queued, now.status.QueuedBytes = live.Pending, live.Queued, live.QueuedBytes
	return now.status
}

func (b *Bot) snapshot() snapshot {
	reply := make(chan snapshot, 1)
	b.self.Tell(&getStatus{reply: reply})
	now, ok := await(reply, b.done)
	if !ok {
		now.status.Name = b.name
		now.status.State, now.status.PlatformState = messages.Closed, messages.Closed.Platform()
	}
	return now
}

// Enable lets the bot run again after Disable, or although the configuration says enabled: false, until the daemon ends
// or that setting changes.
func (b *Bot) Enable() { b.self.Tell(&enable{}) }

// Disable drains the bot and keeps it from running until Enable, or until the daemon ends.
func (b *Bot) Disable() { b.self.Tell(&disable{}) }

// Reconnect dials at once: a relay that waits for its next dial stops waiting, any other one drains and a new one takes
// its place. A bot whose credential was revoked, or that failed, starts anew. A disabled bot stays disabled.
func (b *Bot) Reconnect() { b.self.Tell(&reconnect{}) }

// Sleep asks the connector to buffer the bot's deliveries, closes the connection and keeps it closed until Wake. It is
// false when the connector did not confirm, in which case the bot stays connected. The error is ErrNotRunning.
func (b *Bot) Sleep(ctx context.Context) (bool, error) {
	now := b.snapshot()
	if now.relay == nil {
		return false, fmt.Errorf("put bot %q to sleep: %w", b.name, ErrNotRunning)
	}
	now.relay.HoldRedial()
	asleep := now.relay.GoDormant(ctx, 0)
	if !asleep {
		now.relay.ReleaseRedial()
		return false, nil
	}
	b.self.Tell(&sleptIn{turn: now.turn})
	return true, nil
}

// Wake ends a sleep, or a wait for the next dial, by dialling at once. It does nothing to a bot that is awake.
func (b *Bot) Wake() { b.self.Tell(&wake{}) }
