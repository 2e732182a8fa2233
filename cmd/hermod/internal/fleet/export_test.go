package fleet

// StopRelay stops the bot's relay behind its back, as a panic in it would.
func (b *Bot) StopRelay() {
	if relay, runs := b.Relay(); runs {
		relay.CutOff()
	}
}

// StopActor stops the bot's own actor, as a panic in it would.
func (b *Bot) StopActor() { b.fleet.root.Stop(b.self.Hold()) }

// Active says whether the bot is an actor at this moment.
func (b *Bot) Active() bool { return b.self.PID() != nil }
