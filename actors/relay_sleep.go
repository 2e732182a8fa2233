package actors

import (
	"log/slog"
	"slices"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/passive"
	"hermod/messages"
	"hermod/wire"
)

const (
	// dormantRedial is when a dormant relay dials by itself.
	dormantRedial = time.Second
	// defaultIdleTimeout is how long a go-idle waits for its confirmation.
	defaultIdleTimeout = 10 * time.Second
	// holdLimit is how long dials may be held.
	holdLimit = 60 * time.Second
)

func (r *relayActor) scheduleDial(delay time.Duration) {
	r.stopRedial()
	e := r.begin()
	e.nextDial = time.Now().Add(delay)
	e.redialSetting = r.nextSetting()
	e.redial = r.handle.self.After(delay, &redialDue{setting: e.redialSetting})
}

func (r *relayActor) stopRedial() {
	if e := r.errands; e != noErrands {
		stopTimer(e.redial)
		e.redial, e.redialSetting, e.missed = nil, 0, false
	}
}

// nextSetting tells a timer from those before it. None has 0.
func (r *relayActor) nextSetting() uint32 {
	r.settings++
	return r.settings
}

func (r *relayActor) redialDue(ctx actor.Context, setting uint32) {
	if setting != r.errands.redialSetting || r.errands.closing != nil {
		return
	}
	if r.errands.hold != nil {
		r.errands.missed = true
		return
	}
	r.dial(ctx)
}

func (r *relayActor) holdRedial() {
	if r.status.State.Final() || r.errands.closing != nil {
		return
	}
	e := r.begin()
	held := e.hold != nil
	stopTimer(e.hold)
	e.holdSetting = r.nextSetting()
	e.hold = r.handle.self.After(holdLimit, &holdExpired{setting: e.holdSetting})
	if !held {
		r.publish()
	}
}

func (r *relayActor) releaseHold(ctx actor.Context) {
	e := r.errands
	if e.hold == nil {
		return
	}
	e.hold.Stop()
	e.hold, e.holdSetting = nil, 0
	r.publish()
	if e.missed {
		r.dial(ctx)
	}
}

// wake dials at once if the relay sleeps or waits. It ends a hold: who wakes wants a connection.
func (r *relayActor) wake(ctx actor.Context) {
	if r.errands.closing != nil {
		return
	}
	r.releaseHold(ctx)
	if r.status.State == Dormant || r.status.State == Backoff {
		r.dial(ctx)
	}
}

// doze is a call of GoDormant that waits for the connector's confirmation.
type doze struct {
	caller     chan<- bool
	generation uint64
	acked      chan bool // the registry's answer
}

// goDormant asks the connector to buffer; the relay sleeps when it has confirmed that to one caller who still waits. A
// goroutine waits for the answer, which the registry bounds in time, or for the relay's end: a registry that is stopped
// leaves its mailbox unread.
func (r *relayActor) goDormant(m *messages.GoDormant) {
	if r.status.State != Ready || r.errands.closing != nil {
		m.Reply <- false
		return
	}
	d := doze{caller: m.Reply, generation: r.generation, acked: make(chan bool, 1)}
	r.begin().dozing = append(r.errands.dozing, d)
	timeout := m.Timeout
	fill(&timeout, defaultIdleTimeout)
	r.handle.registry.Tell(&goIdle{timeout: timeout, reply: d.acked})
	go func(self *passive.Ref[toRelay, *relayActor], done <-chan struct{}) {
		select {
		case answer := <-d.acked:
			self.Tell(&idleSettled{caller: d.caller, acked: answer})
		case <-done:
		}
	}(&r.handle.self, r.handle.done.Channel())
}

// idleSettled puts the relay to sleep if the connector confirmed. The callers learn of it last: whoever was told that
// the relay sleeps finds neither the old connection nor an older state.
func (r *relayActor) idleSettled(ctx actor.Context, m *idleSettled) {
	d, waits := r.takeDoze(m.caller)
	if !waits {
		return
	}
	asleep := m.acked && d.generation == r.generation && r.status.State == Ready && r.errands.closing == nil
	if asleep {
		r.enterDormant(ctx)
	}
	d.caller <- asleep
	if asleep {
		r.answerDozing(true)
	}
}

// forgetDormant withdraws a call. One that was answered meanwhile keeps its answer.
func (r *relayActor) forgetDormant(caller chan<- bool) {
	if d, waits := r.takeDoze(caller); waits {
		r.handle.registry.TellIfThere(&forgetIdle{reply: d.acked})
		d.caller <- false
	}
}

func (r *relayActor) takeDoze(caller chan<- bool) (d doze, waits bool) {
	i := slices.IndexFunc(r.errands.dozing, func(d doze) bool { return d.caller == caller })
	if i < 0 {
		return doze{}, false
	}
	d = r.errands.dozing[i]
	r.errands.dozing = slices.Delete(r.errands.dozing, i, i+1)
	return d, true
}

func (r *relayActor) answerDozing(asleep bool) {
	for _, d := range r.errands.dozing {
		d.caller <- asleep
	}
	r.begin().dozing = nil
}

func (r *relayActor) enterDormant(ctx actor.Context) {
	r.leaveLink()
	r.link.link.Tell(&closeLink{code: wire.CloseNormal, reason: "going dormant"})
	r.history = r.handle.cfg.policy.Credit(time.Since(r.status.Since), r.history)
	r.status.Attempt = int32(r.history.Rung)
	r.scheduleDial(dormantRedial)
	r.enter(Dormant)
	r.logTransition(slog.LevelInfo, "dormant", "gen", r.generation)
}
