package fleet

import (
	"context"
	"time"

	"hermod/actors"
	"hermod/messages"
)

// farewellTime bounds the wait for a connector that is to buffer from now on; some never confirm it.
const farewellTime = time.Second

// sayFarewell closes the relay. A bot that another node is to run next first has the connector buffer what comes until
// then: a live delivery to a connection on its way out would be lost.
func (b *botActor) sayFarewell() {
	if b.run.config.Epoch == 0 {
		b.closeRelay()
		return
	}
	go func(bot *Bot, relay *actors.Relay, closing context.Context, turn uint64) {
		relay.GoIdle(closing, farewellTime) // false at once without a connection
		bot.tell(&farewell{turn: turn})
	}(b.bot, b.run.relay, b.run.closing, b.turn)
}

// farewell says that the connector buffers, or that nothing is known of it.
func (b *botActor) farewell(turn uint64) {
	if b.current(turn) && b.run.relay != nil {
		b.closeRelay()
	}
}

func (b *botActor) closeRelay() {
	deadline, _ := b.run.closing.Deadline()
	b.run.relay.Tell(&messages.CloseRelay{Deadline: deadline})
}
