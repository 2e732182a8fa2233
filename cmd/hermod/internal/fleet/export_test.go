package fleet

import (
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
)

// StopRelay stops the relay of the bot's first start behind the bot's back, as a panic in it would.
func (b *Bot) StopRelay() {
	pid := b.self.pid
	b.self.root.Stop(actor.NewPID(pid.Address, fmt.Sprintf("%s/relay/1", pid.Id)))
}

// StopActor stops the bot's own actor, as a panic in it would.
func (b *Bot) StopActor() { b.self.root.Stop(b.self.pid) }
