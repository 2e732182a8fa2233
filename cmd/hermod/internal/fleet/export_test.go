package fleet

import (
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
)

// StopRelay stops the relay of one of the bot's starts behind the bot's back, as a panic in it would.
func (b *Bot) StopRelay(start uint64) {
	b.fleet.root.Stop(actor.NewPID(b.self.Address, fmt.Sprintf("%s/relay/%d", b.self.Id, start)))
}

// StopActor stops the bot's own actor, as a panic in it would.
func (b *Bot) StopActor() { b.fleet.root.Stop(b.self) }
