package supervisor

import (
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/asynkron/protoactor-go/actor"
)

// LogBug logs a panic with its stack, which the framework would lose, and lets it go on to the supervisor. A Raised is
// no bug and is not logged. Every actor defers it in its Receive; log is called only for a bug.
func LogBug(log func() *slog.Logger, ctx actor.Context) {
	if reason := recover(); reason != nil {
		logAndPanic(log, ctx.Self(), reason)
	}
}

// LogBugOf is LogBug where there is no context.
func LogBugOf(log func() *slog.Logger, self *actor.PID) {
	if reason := recover(); reason != nil {
		logAndPanic(log, self, reason)
	}
}

func logAndPanic(log func() *slog.Logger, self *actor.PID, reason any) {
	if _, raised := reason.(*Raised); !raised {
		log().Error("actor panicked", slog.String("actor", self.Id), slog.Any("reason", reason),
			slog.String("stack", string(debug.Stack())))
	}
	panic(reason)
}

// WarnUnknown logs that an actor got a message that it does not understand, unless it is one of the framework's. log is
// called only then.
func WarnUnknown(log func() *slog.Logger, ctx actor.Context) {
	switch ctx.Message().(type) {
	case actor.SystemMessage, actor.AutoReceiveMessage:
	default:
		log().Warn("actor got a message that it does not understand", slog.String("actor", ctx.Self().Id),
			slog.String("type", fmt.Sprintf("%T", ctx.Message())))
	}
}
