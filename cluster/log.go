package cluster

import (
	"context"
	"log/slog"
)

// atLeastErrors keeps the framework's talk out of the log: it tells at info of each gossip.
type atLeastErrors struct{ slog.Handler }

// Enabled implements slog.Handler.
func (h atLeastErrors) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelError && h.Handler.Enabled(ctx, level)
}

// WithAttrs implements slog.Handler.
func (h atLeastErrors) WithAttrs(attrs []slog.Attr) slog.Handler {
	return atLeastErrors{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h atLeastErrors) WithGroup(name string) slog.Handler {
	return atLeastErrors{h.Handler.WithGroup(name)}
}
