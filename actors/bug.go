package actors

import (
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

// logBug, deferred by every Receive, logs a panic that nobody raised with its stack, which the framework would lose,
// and lets it go on to the supervisor.
func logBug(log *slog.Logger, ctx actor.Context) {
	reason := recover()
	if reason == nil {
		return
	}
	if _, raised := reason.(*supervisor.Raised); !raised {
		log.Error("actor panicked", slog.String("actor", ctx.Self().Id), slog.Any("reason", reason),
			slog.String("stack", string(debug.Stack())))
	}
	panic(reason)
}

// warnUnknown keeps a message that an actor does not understand from vanishing.
func warnUnknown(log *slog.Logger, ctx actor.Context) {
	switch ctx.Message().(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		log.Warn("actor got a message that it does not understand", slog.String("actor", ctx.Self().Id),
			slog.String("type", fmt.Sprintf("%T", ctx.Message())))
	}
}
