package daemon

import (
	"io"
	"log/slog"

	"hermod/cmd/hermod/internal/config"
)

// newLogger writes the log in the configured format; level may be changed while it is in use.
func newLogger(w io.Writer, cfg config.Log, level *slog.LevelVar) *slog.Logger {
	level.Set(levelOf(cfg))
	options := &slog.HandlerOptions{Level: level}
	if cfg.Format == "json" {
		return slog.New(slog.NewJSONHandler(w, options))
	}
	return slog.New(slog.NewTextHandler(w, options))
}

// levelOf is info for a name that the schema would have refused.
func levelOf(cfg config.Log) slog.Level {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Level))
	return level
}
