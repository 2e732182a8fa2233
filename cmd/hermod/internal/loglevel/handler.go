package loglevel

import (
	"context"
	"log/slog"
	"time"
)

// botKey names the bot that a line is about.
const botKey = "bot"

// handler passes the lines on that are to be written.
type handler struct {
	levels *Levels
	next   slog.Handler
	bot    string // by an attribute that all lines of the logger have; "" if there is none
}

// Handler returns a handler that gives next the lines that are in force; next must not judge levels itself.
func (l *Levels) Handler(next slog.Handler) slog.Handler { return &handler{levels: l, next: next} }

// Enabled implements slog.Handler. While some bot has a level of its own, a logger that does not know its bot yet has
// to take the lines of all; Handle judges them.
func (h *handler) Enabled(_ context.Context, level slog.Level) bool {
	t := h.levels.current.Load()
	if t.overrides == nil {
		return level >= t.configured
	}
	now := time.Now()
	if !now.Before(t.end) {
		h.levels.sweep(now)
	}
	if h.bot == "" {
		return level >= t.lowest(now)
	}
	return level >= t.of(h.bot, now)
}

// Handle implements slog.Handler.
func (h *handler) Handle(ctx context.Context, record slog.Record) error {
	if t := h.levels.current.Load(); t.overrides != nil && record.Level < t.of(h.botOf(record), time.Now()) {
		return nil
	}
	return h.next.Handle(ctx, record)
}

// botOf finds the bot of a line.
func (h *handler) botOf(record slog.Record) string {
	bot := h.bot
	record.Attrs(func(attr slog.Attr) bool {
		if attr.Key == botKey {
			bot = attr.Value.String()
		}
		return bot == ""
	})
	return bot
}

// WithAttrs implements slog.Handler.
func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{levels: h.levels, next: h.next.WithAttrs(attrs), bot: botAmong(h.bot, attrs)}
}

// Narrow returns a handler to ask whether lines with these attributes are enabled; see actors.EngineConfig.Logger.
func (h *handler) Narrow(attrs []slog.Attr) slog.Handler {
	if h.levels.current.Load().overrides == nil {
		return h
	}
	return &handler{levels: h.levels, next: h.next, bot: botAmong(h.bot, attrs)}
}

// WithGroup implements slog.Handler.
func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{levels: h.levels, next: h.next.WithGroup(name), bot: h.bot}
}

func botAmong(bot string, attrs []slog.Attr) string {
	for _, attr := range attrs {
		if attr.Key == botKey {
			bot = attr.Value.String()
		}
	}
	return bot
}
