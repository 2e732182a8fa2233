package messages

import "time"

// ToEngine is what an engine understands.
type ToEngine interface{ toEngine() }

// SpawnRelay starts a relay under a name.
type SpawnRelay struct {
	forEngine
	// Name is the bot's name, unique in the engine.
	Name string
	// Handle is the relay's Go handle, whose type this package does not know.
	Handle any
	// Reply takes nil, or why there is no relay.
	Reply chan<- error
}

// ListRelays asks for the handles of the relays that run, by name.
type ListRelays struct {
	forEngine
	Reply chan<- map[string]any
}

// CloseEngine closes every relay side by side, then the engine.
type CloseEngine struct {
	forEngine
	// Deadline is when to stop waiting for handlers and results; zero leaves the default grace.
	Deadline time.Time
}

type forEngine struct{ quiet }

func (forEngine) toEngine() {}
