package fleet

import (
	"context"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors"
	"hermod/actors/passive"
	"hermod/cmd/hermod/internal/config"
	"hermod/messages"
)

// Bot is a handle on one bot of the fleet. It stays good while the bot is in the configuration, across reloads and
// restarts of its relay. Its methods may be called from any goroutine, and after the bot has left.
type Bot struct {
	name  string
	fleet *Fleet
	self  passive.Ref[toBot, *botActor]
	done  passive.Signal // given when the bot's actor has stopped
}

// tell sends the bot's actor a message. It never blocks and may be called from any goroutine.
func (b *Bot) tell(m toBot) { b.self.Tell(m) }

// is says whether an actor that has terminated was the bot's.
func (b *Bot) is(who *actor.PID) bool {
	pid := b.self.PID()
	return pid != nil && pid.Equal(who)
}

// Name is the bot's name in the configuration.
func (b *Bot) Name() string { return b.name }

// Done is closed when the bot has left the fleet and nothing of it runs any more, but for handlers that ignored their
// context until the budget was over.
func (b *Bot) Done() <-chan struct{} { return b.done.Channel() }

// Config returns the bot's configuration, with what the connector issued to the relay that runs; nil after the bot has
// left. It must not be changed.
func (b *Bot) Config() *config.Bot {
	reply := make(chan *config.Bot, 1)
	b.tell(&getConfig{reply: reply})
	cfg, _ := answerOf(b, reply)
	return cfg
}

// Relay returns the relay that runs, which is another one after each start. Its methods answer with failures once it
// has ended. It is false while the bot is starting, disabled or failed to start.
func (b *Bot) Relay() (*actors.Relay, bool) {
	now := b.snapshot()
	return now.relay, now.relay != nil
}

// Status returns how the bot is, and what its relay says of itself, at this moment.
func (b *Bot) Status() Status {
	now := b.snapshot()
	status := now.status.of(b.name, now.sources)
	if now.relay == nil {
		return status
	}
	return status.with(now.relay.Status()).asked(now.teller)
}

func (b *Bot) snapshot() snapshot {
	reply := make(chan snapshot, 1)
	b.tell(&getStatus{reply: reply})
	now, ok := answerOf(b, reply)
	if !ok {
		now.status = record{state: messages.Closed}
	}
	return now
}

// Enable lets the bot run again after Disable, or, until the daemon ends or that setting changes, although the
// configuration says enabled: false.
func (b *Bot) Enable() { b.tell(&enable{}) }

// Disable drains the bot and keeps it from running until Enable, or until its setting enabled changes. Who asks for the
// status afterwards knows that the fleet's Memory has been told.
func (b *Bot) Disable() { b.tell(&disable{}) }

// Reconnect dials at once: a relay that waits for its next dial stops waiting, any other one drains and a new one takes
// its place. A bot whose credential was revoked, or that failed, starts anew. A disabled bot stays disabled.
func (b *Bot) Reconnect() { b.tell(&reconnect{}) }

// Sleep asks the connector to buffer the bot's deliveries, closes the connection and keeps it closed until Wake, or
// until the bot starts anew. It is true for a bot that sleeps already, and false when the connector did not confirm or
// somebody woke the bot meanwhile; then the bot stays connected. Calls at the same time share one attempt. The error
// is ErrNotRunning, or the context's: then the attempt goes on.
func (b *Bot) Sleep(ctx context.Context) (bool, error) {
	reply := make(chan slept, 1)
	done := b.done.Join()
	defer b.done.Leave(done)
	b.tell(&sleep{reply: reply})
	answer := slept{err: ErrNotRunning}
	select {
	case answer = <-reply:
	case <-done.C:
	case <-ctx.Done():
		answer.err = ctx.Err()
	}
	if answer.err != nil {
		return false, fmt.Errorf("put bot %q to sleep: %w", b.name, answer.err)
	}
	return answer.asleep, nil
}

// Wake ends a sleep, or a wait for the next dial, by dialling at once. It does nothing to a bot that is awake.
func (b *Bot) Wake() { b.tell(&wake{}) }

// answerOf returns the answer of the bot's actor; false when that ended without one.
func answerOf[T any](b *Bot, reply <-chan T) (answer T, answered bool) {
	done := b.done.Join()
	defer b.done.Leave(done)
	return await(reply, done.C)
}

// await returns an actor's answer; false when the actor ended without one.
func await[T any](reply <-chan T, done <-chan struct{}) (answer T, answered bool) {
	select {
	case answer = <-reply:
		return answer, true
	case <-done:
		return answer, false
	}
}
