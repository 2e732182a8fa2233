package fleetlog

import (
	"context"
	"log/slog"
	"time"
)

var background = context.Background()

const (
	// named is how many bots of a kind are named before the others are counted.
	maxNamed = 3
	// firstWindow is how long bots are counted before the log has their number; it doubles up to lastWindow while there
	// are some in each.
	firstWindow, lastWindow = 10 * time.Second, 10 * time.Minute
)

// digest is one kind of news that many bots may have at once.
type digest struct {
	level   slog.Level
	named   int
	counted int
	window  time.Duration
	due     time.Time // the end of the window; zero while none is open
}

// digest names a bot, or counts it.
func (a *account) digest(text string, level slog.Level, b *bot, now time.Time) {
	d := a.digests[text]
	if d == nil {
		d = &digest{level: level, window: firstWindow}
		a.digests[text] = d
	}
	if d.due.IsZero() {
		d.due = now.Add(d.window)
	}
	if d.named++; d.named > maxNamed || !a.write(now, true, level, text, b.attrs()...) {
		d.counted++
	}
}

// remindDigest ends a window, and begins a longer one if it was busy.
func (a *account) remindDigest(text string, d *digest, now time.Time) {
	if d.due.IsZero() || now.Before(d.due) {
		return
	}
	if d.named == 0 {
		delete(a.digests, text)
		return
	}
	a.sumUp(text, d, now)
	d.named, d.counted = 0, 0
	d.window = min(lastWindow, 2*d.window)
	d.due = now.Add(d.window)
}

func (a *account) sumUp(text string, d *digest, now time.Time) {
	if d.counted == 0 {
		return
	}
	total := 0
	for _, b := range a.bots {
		if b.condition == up {
			total++
		}
	}
	a.write(now, false, d.level, text, slog.Int("more_bots", d.counted), slog.Int("connected", total))
}

// explain is why a bot is not connected, and what to do if somebody knows.
func explain(s *facts) []slog.Attr {
	attrs := []slog.Attr{slog.String("err", s.lastError)}
	if s.hint != "" {
		attrs = append(attrs, slog.String("hint", s.hint))
	}
	return attrs
}

// attrs are what the log says of one bot.
func (b *bot) attrs() []slog.Attr {
	attrs := []slog.Attr{slog.String("bot", b.name)}
	s := &b.status
	if s.generation > 0 {
		attrs = append(attrs, slog.Uint64("gen", s.generation))
	}
	switch b.condition {
	case off:
		if s.cause != "" {
			attrs = append(attrs, slog.String("cause", string(s.cause)))
		}
	case down, ended:
		attrs = append(attrs, slog.String("connector", b.connector))
		if s.code != 0 {
			attrs = append(attrs, slog.Int("code", s.code))
		}
		if b.condition == down {
			attrs = append(attrs, slog.Int("attempt", s.attempt))
		}
		attrs = append(attrs, explain(s)...)
	}
	return attrs
}
