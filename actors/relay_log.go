package actors

import (
	"context"
	"log/slog"
)

// logTransition tells the log what became of the relay, at debug level for a gateway that says so itself.
func (r *relayActor) logTransition(level slog.Level, text string, args ...any) {
	if r.handle.quiet {
		level = slog.LevelDebug
	}
	r.handle.cfg.log().Log(context.Background(), level, text, args...)
}
