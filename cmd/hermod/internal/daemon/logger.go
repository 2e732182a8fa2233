package daemon

import (
	"io"
	"log/slog"
	"math"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/loglevel"
)

// newLogger writes the log in the configured format; levels decides what of it.
func newLogger(w io.Writer, cfg config.Log, levels *loglevel.Levels) *slog.Logger {
	all := &slog.HandlerOptions{Level: slog.Level(math.MinInt)}
	var written slog.Handler = slog.NewTextHandler(w, all)
	if cfg.Format == "json" {
		written = slog.NewJSONHandler(w, all)
	}
	return slog.New(levels.Handler(written))
}

// levelOf is info for a name that the schema would have refused.
func levelOf(cfg config.Log) slog.Level {
	var level slog.Level
	_ = level.UnmarshalText([]byte(cfg.Level))
	return level
}
