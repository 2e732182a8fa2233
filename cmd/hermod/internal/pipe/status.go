package pipe

import (
	"context"
	"sync"

	"hermod/actors"
	"hermod/cmd/hermod/internal/record"
)

// follow writes the records of states and descriptors, until the relay has ended. The record of the
// end itself is left to others, since answers may still come before it.
func (p *bridge) follow(changes <-chan actors.Status) {
	defer close(p.followed)
	var last record.State
	for status := range changes {
		p.last = status
		if status.State == actors.Closed {
			continue
		}
		if state := record.StateOf(status); state != last {
			last = state
			p.put(state.Record())
		}
		p.tellDescriptors(status)
		p.greeted.advance(status)
		if status.State == actors.Failed {
			close(p.linkEnded)
		}
	}
}

// tellDescriptors writes a record of the default descriptor for each handshake, and of every other
// one that the session has got by then. What they say of a handshake to come is left to its status.
func (p *bridge) tellDescriptors(s actors.Status) {
	if s.Handshakes == 0 || unsettled(s.State) {
		return
	}
	if s.Handshakes != p.handshakes {
		p.handshakes, p.told = s.Handshakes, make(map[string]bool)
		p.tellDescriptor("")
	}
	for _, platform := range p.platforms {
		p.tellDescriptor(platform)
	}
}

func (p *bridge) tellDescriptor(platform string) {
	d := p.relay.Descriptor(platform)
	if d == nil {
		return
	}
	if line := record.Descriptor(d); !p.told[string(line)] {
		p.told[string(line)] = true
		p.put(line)
	}
}

// put writes a record. An output that failed ends the pipe, so nobody needs to hear of it here.
func (p *bridge) put(line []byte) { _ = p.session.Put(context.Background(), line) }

// unsettled says that the current connection has neither greeted nor ended yet.
func unsettled(state actors.State) bool {
	return state == actors.Connecting || state == actors.Handshaking
}

// greeting holds deliveries back until their session's state and descriptor were written, so that
// who reads knows them first. Its zero value is ready.
type greeting struct {
	mu         sync.Mutex
	generation uint64        // the newest that was written
	changed    chan struct{} // closed at the next change, nil when nobody waits
}

// advance says that what there is to say of a status was written.
func (g *greeting) advance(s actors.Status) {
	generation := s.Generation
	if unsettled(s.State) {
		generation--
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if generation <= g.generation {
		return
	}
	g.generation = generation
	if g.changed != nil {
		close(g.changed)
		g.changed = nil
	}
}

// wait returns nil when the generation was written, or the context's error.
func (g *greeting) wait(ctx context.Context, generation uint64) error {
	for {
		changed := g.await(generation)
		if changed == nil {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// await returns what to wait for, nil when the generation was written.
func (g *greeting) await(generation uint64) <-chan struct{} {
	g.mu.Lock()
	defer g.mu.Unlock()
	if generation <= g.generation {
		return nil
	}
	if g.changed == nil {
		g.changed = make(chan struct{})
	}
	return g.changed
}
