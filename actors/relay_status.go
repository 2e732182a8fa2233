package actors

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"time"

	"hermod/messages"
	"hermod/supervisor"
	"hermod/wire"
)

// enter moves the relay to a state and tells those who watch.
func (r *relayActor) enter(state State) {
	r.status.State = state
	r.status.Since = time.Now()
	if e := r.errands; e != noErrands {
		e.paused = time.Time{}
		if state != Backoff && state != Dormant {
			e.nextDial = time.Time{}
		}
	}
	r.publish()
}

// recordEnd keeps how a link ended for the status.
func (r *relayActor) recordEnd(err error, v supervisor.Verdict) {
	r.status.ending = &ending{LastError: err.Error(), Hint: v.Hint, Ends: supervisor.CountEnd(r.status.Ends, err),
		LastEnd: supervisor.EndOf(err)}
	var closed *wire.CloseError
	if errors.As(err, &closed) {
		r.status.CloseCode, r.status.CloseReason = closed.Code, closed.Reason
		if supervisor.Displaces(closed) {
			r.handle.counters.Displaced.Add(1)
		}
	}
}

// condition is what a relay knows of its status, under the same names.
type condition struct {
	State      State
	Since      time.Time
	Attempt    int32
	Handshakes uint32
	*ending
}

// ending is how the last link ended. It is replaced, not changed.
type ending struct {
	CloseCode       int
	CloseReason     string
	LastError, Hint string
	Ends            map[LinkEnd]uint64 // of this and the earlier ones
	LastEnd         LinkEnd
}

var unended = &ending{}

// current is the status as of now.
func (r *relayActor) current() Status {
	s, e, load := &r.status, r.errands, r.handle.counters.load()
	return Status{Name: r.handle.cfg.name, State: s.State, PlatformState: s.State.Platform(), Since: s.Since,
		Attempt: int(s.Attempt), NextDial: e.nextDial, CloseCode: s.CloseCode, CloseReason: s.CloseReason,
		LastError: s.LastError, Hint: s.Hint, Ends: s.Ends, LastEnd: s.LastEnd, Generation: r.generation,
		Handshakes: uint64(s.Handshakes), Skew: time.Duration(r.handle.skew.Load()).Truncate(time.Second),
		Pending: load.Pending, Queued: load.Queued, QueuedBytes: load.QueuedBytes, Held: e.hold != nil, Paused: e.paused,
		Stuck: e.stuck, Counters: load.Counters}
}

func (r *relayActor) publish() {
	if r.watchers.first == nil {
		return
	}
	status := r.current()
	for w := range r.watchers.all() {
		w.StatusChanged(status)
	}
}

func (r *relayActor) watch(w messages.Watcher) {
	w.StatusChanged(r.current())
	if r.status.State.Final() {
		w.WatchEnded()
		return
	}
	r.watchers.add(w)
}

func (r *relayActor) unwatch(w messages.Watcher) {
	if r.watchers.remove(w) {
		w.WatchEnded()
	}
}

// readerStopped says in the status that the connection is not read, and so cannot be known to live.
func (r *relayActor) readerStopped(m *readerStopped) {
	if m.generation == r.generation && !r.left {
		r.begin().paused = m.since
		r.publish()
	}
}

// describe keeps a descriptor. The first of a connection is the session's default and makes the relay ready, unless the
// connection has ended meanwhile.
func (r *relayActor) describe(m *descriptorReceived) {
	if m.generation != r.generation {
		return
	}
	if !r.described {
		r.described = true
		r.descriptors = descriptors{first: m.descriptor}
		r.status.Handshakes++
		r.history.Handshaked = true
		r.enterReady(m)
		return
	}
	if !r.fronts(m.descriptor.Platform) {
		r.handle.counters.Ignored.Add(1)
		return
	}
	if !r.descriptors.add(m.descriptor) {
		return
	}
	r.publish()
}

// fronts says that a platform's descriptor is worth keeping: the relay has an identity there, or it is the default's.
func (r *relayActor) fronts(platform string) bool {
	same := func(id wire.Identity) bool { return strings.EqualFold(id.Platform, platform) }
	return platform == r.descriptors.first.Platform || slices.ContainsFunc(r.handle.cfg.Identities, same)
}

func (r *relayActor) enterReady(m *descriptorReceived) {
	if r.left {
		return
	}
	if r.status.Hint != "" {
		last := *r.status.ending
		last.Hint = ""
		r.status.ending = &last
	}
	r.enter(Ready)
	r.logTransition(slog.LevelInfo, "ready", "gen", r.generation, "platform", m.descriptor.Platform)
	r.answerHandshakes()
}

func (r *relayActor) awaitHandshake(reply chan<- messages.Handshake) {
	switch {
	case r.status.State == Ready:
		reply <- messages.Handshake{Descriptor: r.descriptors.of("")}
	case r.status.State.Final() || r.errands.closing != nil:
		reply <- messages.Handshake{Err: r.endedError()}
	default:
		r.begin().waiting = append(r.errands.waiting, reply)
	}
}

func (r *relayActor) forgetHandshake(reply chan<- messages.Handshake) {
	for i, w := range r.errands.waiting {
		if w == reply {
			r.errands.waiting = append(r.errands.waiting[:i], r.errands.waiting[i+1:]...)
			return
		}
	}
}

func (r *relayActor) answerHandshakes() {
	for _, reply := range r.errands.waiting {
		reply <- messages.Handshake{Descriptor: r.descriptors.of("")}
	}
	r.stopWaiting()
}

func (r *relayActor) failHandshakes() {
	for _, reply := range r.errands.waiting {
		reply <- messages.Handshake{Err: r.endedError()}
	}
	r.stopWaiting()
}

func (r *relayActor) stopWaiting() {
	if r.errands != noErrands {
		r.errands.waiting = nil
	}
}

func (r *relayActor) endedError() error {
	if r.status.State.Final() && r.status.State != Closed {
		return &EndedError{State: r.status.State, Reason: r.status.LastError, Hint: r.status.Hint}
	}
	return &EndedError{State: Closed}
}
