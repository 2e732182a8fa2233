package actors

import "github.com/asynkron/protoactor-go/actor"

// EngineStatus is an engine's condition at one moment.
type EngineStatus struct {
	// Relays are those that Spawn started and that have not ended.
	Relays int
	// Dialing are the dials under way, DialsWaiting those that wait for their turn. Both include relays from RelayProps.
	Dialing, DialsWaiting int
	// MaxDials is what Dialing never exceeds.
	MaxDials int
	// QueuedBytes are what all deliveries hold together, and PendingBytes what all requests without a result do; see
	// EngineConfig for their bounds.
	QueuedBytes, PendingBytes int
	// Actors are those of the engine's system that are active at the moment; relays at rest have none.
	Actors int
}

// Status returns the engine's condition. It never waits.
func (e *Engine) Status() EngineStatus {
	return EngineStatus{Relays: int(e.relays.Load()), Dialing: int(e.dials.underWay.Load()),
		DialsWaiting: int(e.dials.waiting.Load()), MaxDials: e.dials.max,
		QueuedBytes: int(e.bounds.queued.Load()), PendingBytes: int(e.bounds.pending.Load()),
		Actors: countActors(e.system)}
}

func countActors(system *actor.ActorSystem) (count int) {
	for _, bucket := range system.ProcessRegistry.LocalPIDs.LocalPIDs {
		count += bucket.Count()
	}
	return count
}
