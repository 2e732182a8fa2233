package actors

import (
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/supervisor"
)

// logging is what has a logger, which it may have to make.
type logging interface{ log() *slog.Logger }

// logBug, deferred by every Receive, logs a panic that nobody raised with its stack, which the framework would lose,
// and lets it go on to the supervisor.
func logBug(of logging, ctx actor.Context) {
	reason := recover()
	if reason == nil {
		return
	}
	if _, raised := reason.(*supervisor.Raised); !raised {
		of.log().Error("actor panicked", slog.String("actor", ctx.Self().Id), slog.Any("reason", reason),
			slog.String("stack", string(debug.Stack())))
	}
	panic(reason)
}

// warnUnknown keeps a message that an actor does not understand from vanishing.
func warnUnknown(of logging, ctx actor.Context) {
	switch ctx.Message().(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		of.log().Warn("actor got a message that it does not understand", slog.String("actor", ctx.Self().Id),
			slog.String("type", fmt.Sprintf("%T", ctx.Message())))
	}
}
