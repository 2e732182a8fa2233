package actors

import (
	"sync/atomic"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/supervisor"
)

// reader owns the read half of one connection. Its pump blocks in the socket, so it has a goroutine; the pump's last
// word is why nothing more can be read, which the reader raises as the failure of its link.
type reader struct{ pump *pump }

// Receive implements actor.Actor.
func (r *reader) Receive(ctx actor.Context) {
	defer logBug(r.pump.cfg.log, ctx)
	switch m := ctx.Message().(type) {
	case *actor.Started:
		go r.pump.run(refTo[messages.ToReader](ctx, ctx.Self()))
	case *messages.ReadEnded:
		supervisor.Raise(m.Err, m.Opened)
	default:
		warnUnknown(r.pump.cfg.log, ctx)
	}
}

func spawnReader(ctx actor.Context, r *reader) {
	ctx.Spawn(actor.PropsFromProducer(func() actor.Actor { return r }))
}

func spawnWriter(ctx actor.Context, w *writer) writerRef {
	w.self.waiting = new(atomic.Int64)
	pid := ctx.Spawn(actor.PropsFromProducer(func() actor.Actor { return w }))
	w.self.ref = refTo[messages.ToWriter](ctx, pid)
	return w.self
}
