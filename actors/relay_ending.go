package actors

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

// enterFinal ends the relay without having been asked to: whoever waits hears of it, and so does the gateway.
func (r *relayActor) enterFinal(state State, code string) {
	r.stopRedial()
	stopTimer(r.errands.hold)
	r.begin().hold = nil
	r.enter(state)
	r.logTransition(slog.LevelError, "relay ended", "state", state, "gen", r.generation, "code", r.status.CloseCode,
		"err", r.status.LastError, "hint", r.status.Hint)
	r.conclude()
	r.startFatal(Fatal{Code: code, Message: r.endedError().Error(), PlatformState: state.Platform()})
}

// conclude tells whoever waits that the state is final.
func (r *relayActor) conclude() {
	r.failHandshakes()
	for w := range r.watchers.all() {
		w.WatchEnded()
	}
	r.watchers = watchers{}
	r.handle.ended.Give()
}

// startFatal calls the fatal handler, on a goroutine.
func (r *relayActor) startFatal(fatal Fatal) {
	if r.handle.cfg.Handlers.Fatal == nil {
		return
	}
	var ctx context.Context
	ctx, r.begin().end = context.WithCancel(context.Background())
	r.handle.users.enter()
	go func(ctx context.Context, relay *shared) {
		defer relay.users.leave()
		if err := Guard(func() error { relay.cfg.Handlers.Fatal(ctx, fatal); return nil }); err != nil {
			relay.cfg.log().Error("fatal handler failed", "err", err)
		}
	}(ctx, &r.handle.shared)
}

// breakDown ends a relay that lost a part to a bug. It has ended already if it was disabled before, or lost another
// part.
func (r *relayActor) breakDown(part *actor.PID) {
	bug := fmt.Errorf("internal error: %s ended unexpectedly", part.Id)
	if !r.status.State.Final() {
		r.recordEnd(bug, supervisor.Verdict{Hint: "report this bug, then spawn the relay again"})
		r.enterFinal(Failed, "relay_failed")
	}
	panic(bug)
}

// release ends what would outlive the actor, and has the framework stop its children.
func (r *relayActor) release(ctx actor.Context) {
	if r.link != nil {
		r.link.link.Adopt(ctx)
	}
	r.handle.registry.adopt(ctx)
	r.handle.inbox.adopt(ctx)
	if r.errands.end != nil {
		r.errands.end()
	}
	r.stopRedial()
	stopTimer(r.errands.hold)
	if r.errands.closing != nil {
		stopTimer(r.errands.closing.timer)
	}
	r.left, r.released = true, true
	if !r.status.State.Final() {
		r.enter(Closed)
		r.logTransition(slog.LevelInfo, "closed", "gen", r.generation)
		r.conclude()
	}
	r.answerDozing(false)
}

// finish releases those who wait for an answer. Handlers may still run.
func (r *relayActor) finish() {
	r.handle.discharge()
	r.handle.final = &lastWords{status: r.current(), descriptors: r.descriptors}
	r.handle.refuseRequests()
	r.handle.self.End()
	r.handle.done.Give()
	r.handle.users.end()
}
