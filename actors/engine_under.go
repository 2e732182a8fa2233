package actors

import (
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
)

// SpawnUnder is Spawn for a relay whose parent is an actor of the program's: the engine does not know it, so neither
// Relay nor Relays finds it. It weighs as little at rest as any, where one that was spawned from RelayProps stays an
// actor all the time. The parent gets actor.Terminated at its end, and calls its own Release then; it calls Adopt in
// its Stopping for each relay that has not ended. A relay that outlives the engine goes on. The parent sees to it
// that the name is unique among its relays: ErrNameTaken tells of one that is active, but not of one at rest, which
// is gone when it wakes and finds its name taken. SpawnUnder does not wait. The error lists every field of cfg that
// is wrong, or is ErrNameTaken, or ErrClosed when the parent has stopped.
func (e *Engine) SpawnUnder(parent Parent, name string, cfg Config) (*Relay, error) {
	resolved, err := e.resolve(name, cfg)
	if err != nil {
		return nil, err
	}
	handle := &newRelay(resolved, &e.common, parent).handle
	if err := handle.start(); err != nil {
		return nil, fmt.Errorf("spawn relay %q: %w", name, err)
	}
	return handle, nil
}

// Adopt has the framework stop the relay, without draining, along with its parent, which is stopping and waits for it.
// It is for the parent of SpawnUnder, in its Receive.
func (r *Relay) Adopt(parent actor.Context) { r.self.Adopt(parent) }

// Is says whether an actor that has terminated was the relay's.
func (r *Relay) Is(who *actor.PID) bool {
	pid := r.self.PID()
	return pid != nil && pid.Equal(who)
}

// CutOff stops the relay without draining, and does not wait.
func (r *Relay) CutOff() {
	if pid := r.self.Hold(); pid != nil {
		r.tree.Stop(pid)
	}
}
