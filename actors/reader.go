package actors

import (
	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/supervisor"
)

// reader answers for the read half of one connection. Reading blocks, so the pump does it on a goroutine; the pump's last
// word is why nothing more can be read, which the reader raises as the failure of its link.
type reader struct{ cfg *config }

// Receive implements actor.Actor.
func (r *reader) Receive(ctx actor.Context) {
	defer logBug(r.cfg, ctx)
	switch m := ctx.Message().(type) {
	case *messages.ReadEnded:
		supervisor.Raise(m.Err, m.Opened)
	default:
		warnUnknown(r.cfg, ctx)
	}
}
