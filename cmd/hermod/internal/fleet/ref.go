package fleet

import (
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// ref is a reference to an actor that takes only the messages M. Tell never blocks.
type ref[M any] struct {
	root *actor.RootContext
	pid  *actor.PID
}

// Tell sends m.
func (r ref[M]) Tell(m M) { r.root.Send(r.pid, m) }

// after tells the actor m when d is over.
func (r ref[M]) after(d time.Duration, m M) *time.Timer {
	return time.AfterFunc(d, func() { r.Tell(m) })
}

// await returns an actor's answer; false when the actor ended without one.
func await[T any](reply <-chan T, done <-chan struct{}) (answer T, answered bool) {
	select {
	case answer = <-reply:
		return answer, true
	case <-done:
		return answer, false
	}
}

// logBug, deferred by every Receive, logs a panic with its stack and lets it go on to the supervisor.
func logBug(log *slog.Logger, ctx actor.Context) {
	if reason := recover(); reason != nil {
		log.Error("actor panicked", "actor", ctx.Self().Id, "reason", reason, "stack", string(debug.Stack()))
		panic(reason)
	}
}
