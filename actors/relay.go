package actors

import (
	"context"
	"errors"
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

// Handshake waits for the session's default descriptor, across as many dials as it takes, until ctx ends or the relay
// ends (*EndedError).
func (r *Relay) Handshake(ctx context.Context) (*wire.Descriptor, error) {
	reply := make(chan messages.Handshake, 1)
	r.tell(&messages.AwaitHandshake{Reply: reply})
	select {
	case h := <-reply:
		return h.Descriptor, h.Err
	case <-ctx.Done():
		r.tell(&messages.ForgetHandshake{Reply: reply})
		return nil, fmt.Errorf("wait for handshake of %s: %w", r.cfg.name, ctx.Err())
	case <-r.done:
		return nil, &EndedError{State: Closed}
	}
}

// Descriptor returns what the connector said of a platform in the current or last session; "" is the session's default.
// It is nil when nothing was said. The caller must not change it.
func (r *Relay) Descriptor(platform string) *wire.Descriptor {
	reply := make(chan *wire.Descriptor, 1)
	descriptor, _ := ask(r, &messages.GetDescriptor{Platform: platform, Reply: reply}, reply)
	return descriptor
}

// Status returns the relay's condition. After the end it is the last one.
func (r *Relay) Status() Status {
	reply := make(chan Status, 1)
	status, ok := ask(r, &messages.GetStatus{Reply: reply}, reply)
	if !ok {
		return *r.final
	}
	return status
}

// watchBuffer is how many changes a slow watcher may lag behind before it loses the oldest.
const watchBuffer = 64

// Watch returns the current status and then each change of it (of the counters alone, none). A reader that lags loses
// the oldest entries, never the newest. The channel is closed when ctx or the relay ends; the last entry of a relay
// that ended is its final state.
func (r *Relay) Watch(ctx context.Context) <-chan Status {
	watch := &statusChannel{changes: make(chan Status, watchBuffer), begun: make(chan struct{})}
	if _, ok := ask(r, &messages.WatchStatus{Watcher: watch}, watch.begun); !ok {
		watch.changes <- *r.final
		close(watch.changes)
		return watch.changes
	}
	context.AfterFunc(ctx, func() { r.tell(&messages.UnwatchStatus{Watcher: watch}) })
	return watch.changes
}

// statusChannel is the watcher behind Watch. Its methods run on the relay's actor.
type statusChannel struct {
	changes chan Status
	begun   chan struct{} // closed when the first status is in changes
	told    bool
}

// StatusChanged implements messages.Watcher: in a full channel the status takes the place of the oldest one. Only the
// relay sends, so it ends.
func (w *statusChannel) StatusChanged(status Status) {
	for sent := false; !sent; {
		select {
		case w.changes <- status:
			sent = true
		default:
			select {
			case <-w.changes:
			default:
			}
		}
	}
	if !w.told {
		w.told = true
		close(w.begun)
	}
}

// WatchEnded implements messages.Watcher.
func (w *statusChannel) WatchEnded() { close(w.changes) }

// GoIdle asks the connector to buffer this session's deliveries from now on, and says whether it confirmed that within
// timeout (10 s if zero). The relay serves on. It is false at once without a connection.
func (r *Relay) GoIdle(ctx context.Context, timeout time.Duration) bool {
	fill(&timeout, defaultIdleTimeout)
	reply := make(chan bool, 1)
	r.registry.Tell(&goIdle{timeout: timeout, reply: reply})
	select {
	case acked := <-reply:
		return acked
	case <-ctx.Done():
		r.registry.TellIfThere(&forgetIdle{reply: reply})
	case <-r.done:
	}
	return false
}

const defaultIdleTimeout = 10 * time.Second

// GoDormant does as GoIdle, and when the connector confirmed closes the socket and sleeps: the relay dials again after
// 1 s, or at Wake; HoldRedial makes it sleep longer. Without a confirmation it stays connected and returns false.
func (r *Relay) GoDormant(ctx context.Context, timeout time.Duration) bool {
	fill(&timeout, defaultIdleTimeout)
	reply := make(chan bool, 1)
	r.tell(&messages.GoDormant{Timeout: timeout, Reply: reply})
	select {
	case asleep := <-reply:
		return asleep
	case <-ctx.Done():
	case <-r.done:
	}
	return false
}

// Wake dials at once if the relay is dormant or waits for its next dial, and ends a hold.
func (r *Relay) Wake() { r.tell(&messages.Wake{}) }

// HoldRedial holds dials that come due until ReleaseRedial or Wake, for 60 s at most.
func (r *Relay) HoldRedial() { r.tell(&messages.HoldRedial{}) }

// ReleaseRedial ends a hold, and dials if a dial came due meanwhile.
func (r *Relay) ReleaseRedial() { r.tell(&messages.ReleaseRedial{}) }

// Close ends the relay: sends fail at once, pending requests and queued deliveries get min(5 s, budget − 3.5 s) where
// budget is what ctx leaves, then handlers' contexts end, and the link closes with 1000. It returns when nothing of the
// relay runs any more, or with ErrCloseTimeout when ctx ends before, in which case the rest is cut off.
func (r *Relay) Close(ctx context.Context) error {
	deadline, _ := ctx.Deadline()
	r.tell(&messages.CloseRelay{Deadline: deadline})
	select {
	case <-r.done:
		return nil
	case <-ctx.Done():
		r.self.root.Stop(r.self.pid)
		return errors.Join(ErrCloseTimeout, ctx.Err())
	}
}

// ask sends a message that is answered at once; false when the relay ended without an answer.
func ask[T any](r *Relay, m messages.ToRelay, reply <-chan T) (answer T, answered bool) {
	r.tell(m)
	select {
	case answer = <-reply:
		return answer, true
	case <-r.done:
	}
	select {
	case answer = <-reply:
		return answer, true
	default:
		return answer, false
	}
}
