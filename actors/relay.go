package actors

import (
	"context"
	"fmt"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/wire"
)

// RelayOf returns the handle of a relay that was spawned from Engine.RelayProps. It fails when ctx ends before the
// relay answers, which it does once it has started. It waits, so an actor sends messages.Introduce instead.
func RelayOf(ctx context.Context, system *actor.ActorSystem, pid *actor.PID) (*Relay, error) {
	reply := make(chan *Relay, 1)
	system.Root.Send(pid, &findHandle{reply: reply})
	select {
	case handle := <-reply:
		return handle, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("find relay %s: %w", pid.Id, ctx.Err())
	}
}

// Handshake waits for the session's default descriptor, across as many dials as it takes, until ctx ends, or until the
// relay has ended or is closing (*EndedError). The descriptor is the caller's.
func (r *Relay) Handshake(ctx context.Context) (*wire.Descriptor, error) {
	done := r.done.Join()
	defer r.done.Leave(done)
	reply := make(chan messages.Handshake, 1)
	r.self.LendPost(&messages.AwaitHandshake{Reply: reply})
	select {
	case h := <-reply:
		return h.Descriptor, h.Err
	case <-ctx.Done():
		r.Tell(&messages.ForgetHandshake{Reply: reply})
		return nil, fmt.Errorf("wait for handshake of %s: %w", r.cfg.name, ctx.Err())
	case <-done.C:
		return nil, &EndedError{State: Closed}
	}
}

// Descriptor returns what the connector said of a platform in the current or last session, also after the end; "" is
// the session's default. It is nil when nothing was said, and else the caller's.
func (r *Relay) Descriptor(platform string) *wire.Descriptor {
	reply := make(chan *wire.Descriptor, 1)
	descriptor, ok := ask(r, &messages.GetDescriptor{Platform: platform, Reply: reply}, reply)
	if !ok {
		return r.final.descriptors.of(platform)
	}
	return descriptor
}

// Status returns the relay's condition. After Close it is the last one.
func (r *Relay) Status() Status {
	reply := make(chan Status, 1)
	status, ok := ask(r, &messages.GetStatus{Reply: reply}, reply)
	if !ok {
		return r.final.status
	}
	return status
}

// Load returns the relay's figures, each as it is when it is read. It asks no actor, so it is cheaper than Status.
func (r *Relay) Load() Load { return r.counters.load() }

// GoIdle asks the connector to buffer this session's deliveries from now on, and says whether it confirmed that within
// timeout (10 s if zero). The relay serves on. It is false at once without a connection.
func (r *Relay) GoIdle(ctx context.Context, timeout time.Duration) bool {
	fill(&timeout, defaultIdleTimeout)
	done := r.done.Join()
	defer r.done.Leave(done)
	reply := make(chan bool, 1)
	r.registry.Tell(&goIdle{timeout: timeout, reply: reply})
	select {
	case acked := <-reply:
		return acked
	case <-ctx.Done():
		r.registry.TellIfThere(&forgetIdle{reply: reply})
	case <-done.C:
	}
	return false
}

// GoDormant does as GoIdle, and when the connector confirmed closes the socket and sleeps: the relay dials again after
// 1 s, or at Wake; HoldRedial makes it sleep longer. Without a confirmation it stays connected and returns false. So it
// does when ctx ends first, unless the relay sleeps by then: what is returned is true. Calls at the same time share the
// confirmation, and the relay sleeps if one of them still waits for it. A connector that confirms too late buffers
// until the next dial all the same.
func (r *Relay) GoDormant(ctx context.Context, timeout time.Duration) bool {
	done := r.done.Join()
	defer r.done.Leave(done)
	reply := make(chan bool, 1)
	r.Tell(&messages.GoDormant{Timeout: timeout, Reply: reply})
	select {
	case asleep := <-reply:
		return asleep
	case <-ctx.Done():
	case <-done.C:
	}
	asleep, _ := ask(r, &messages.ForgetDormant{Reply: reply}, reply)
	return asleep
}

// Wake dials at once if the relay is dormant or waits for its next dial, and ends a hold.
func (r *Relay) Wake() { r.Tell(&messages.Wake{}) }

// HoldRedial holds dials that come due until ReleaseRedial or Wake, for 60 s at most.
func (r *Relay) HoldRedial() { r.Tell(&messages.HoldRedial{}) }

// ReleaseRedial ends a hold, and dials if a dial came due meanwhile.
func (r *Relay) ReleaseRedial() { r.Tell(&messages.ReleaseRedial{}) }

// Close ends the relay: sends fail at once, pending requests and queued deliveries get min(5 s, budget − 3.5 s) where
// budget is what ctx leaves, then handlers' contexts end, and the link closes with 1000. It returns nil when nothing of
// the relay runs any more (Done), and its name is free. When ctx ends first, the rest is cut off, and a
// CloseTimeoutError says how many handlers still run; the name is free all the same, a second later if a Dial takes no
// notice of its context. A context without a deadline leaves 10 s. A handler that waits for the Close of its own relay
// waits for itself: have another goroutine call it.
func (r *Relay) Close(ctx context.Context) error {
	ctx, cancel := withCloseBudget(ctx)
	defer cancel()
	done := r.done.Join()
	defer r.done.Leave(done)
	deadline, _ := ctx.Deadline()
	late := ctx.Err() != nil && !r.done.IsGiven() // however quickly it closes then
	r.Tell(&messages.CloseRelay{Deadline: deadline})
	if !late {
		select {
		case <-done.C:
			return awaitHandlers(ctx, []*Relay{r})
		case <-ctx.Done():
		}
	}
	r.cutOff()
	return closeTimeout(ctx, r)
}

// cutOffWait is how long a Close waits for actors that it has cut off, which takes a moment unless one is stuck.
const cutOffWait = 100 * time.Millisecond

// cutOff stops the relay's actors without draining, and waits for that.
func (r *Relay) cutOff() {
	done := r.done.Join()
	defer r.done.Leave(done)
	r.CutOff()
	select {
	case <-done.C:
	case <-time.After(cutOffWait):
	}
}

// ask sends a message that is answered at once; false when the relay's actor has stopped without an answer.
func ask[T any](r *Relay, m messages.ToRelay, reply <-chan T) (answer T, answered bool) {
	done := r.done.Join()
	defer r.done.Leave(done)
	r.Tell(m)
	select {
	case answer = <-reply:
		return answer, true
	case <-done.C:
	}
	select {
	case answer = <-reply:
		return answer, true
	default:
		return answer, false
	}
}
