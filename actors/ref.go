package actors

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
)

// ref is a reference to an actor that takes only the messages M, so that a wrong message does not compile. Tell never
// blocks and may be called from any goroutine.
type ref[M any] struct {
	root *actor.RootContext
	pid  *actor.PID
}

func refTo[M any](ctx actor.Context, pid *actor.PID) ref[M] {
	return ref[M]{root: ctx.ActorSystem().Root, pid: pid}
}

// Tell sends m.
func (r ref[M]) Tell(m M) { r.root.Send(r.pid, m) }

// after tells the actor m when d is over.
func (r ref[M]) after(d time.Duration, m M) *time.Timer {
	return time.AfterFunc(d, func() { r.Tell(m) })
}

func stopTimer(t *time.Timer) {
	if t != nil {
		t.Stop()
	}
}
