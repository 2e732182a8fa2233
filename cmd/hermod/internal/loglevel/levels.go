package loglevel

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// MaxBots bounds how many bots may have a level of their own.
const MaxBots = 100

// ErrTooMany is returned by Set for one bot more than MaxBots.
var ErrTooMany = errors.New("too many bots have a level of their own")

// Override is a level that was set at run time.
type Override struct {
	// Bot is the bot's name, "" for the whole daemon.
	Bot   string
	Level slog.Level
	// Until is when it ends.
	Until time.Time
}

// Levels are those in force. Its methods may be called from any goroutine.
type Levels struct{ current atomic.Pointer[table] }

// table is never changed.
type table struct {
	configured slog.Level
	overrides  map[string]Override // by bot; nil while there are none
	end        time.Time           // of the last of them
}

// New starts with the configured level.
func New(configured slog.Level) *Levels {
	l := new(Levels)
	l.current.Store(&table{configured: configured})
	return l
}

// change replaces the table by what edit makes of a copy, without the overrides that have ended.
func (l *Levels) change(now time.Time, edit func(*table) error) error {
	for {
		old := l.current.Load()
		next := &table{configured: old.configured, overrides: maps.Clone(old.overrides)}
		maps.DeleteFunc(next.overrides, func(_ string, o Override) bool { return !now.Before(o.Until) })
		if err := edit(next); err != nil {
			return err
		}
		if len(next.overrides) == 0 {
			next.overrides = nil
		}
		for _, o := range next.overrides {
			if o.Until.After(next.end) {
				next.end = o.Until
			}
		}
		if l.current.CompareAndSwap(old, next) {
			return nil
		}
	}
}

// Configure takes over the level of a new configuration. What was set at run time stays until its end.
func (l *Levels) Configure(level slog.Level) {
	_ = l.change(time.Now(), func(t *table) error {
		t.configured = level
		return nil
	})
}

// Set sets the level of a bot, or of the whole daemon for "", until a time. It replaces an earlier one. The error is
// ErrTooMany.
func (l *Levels) Set(bot string, level slog.Level, until time.Time) error {
	return l.change(time.Now(), func(t *table) error {
		if _, known := t.overrides[bot]; !known && len(t.overrides) >= MaxBots+1 {
			return fmt.Errorf("%w: at most %d may", ErrTooMany, MaxBots)
		}
		if t.overrides == nil {
			t.overrides = make(map[string]Override)
		}
		t.overrides[bot] = Override{Bot: bot, Level: level, Until: until}
		return nil
	})
}

// Reset ends what Set did for a bot, or for the whole daemon for "".
func (l *Levels) Reset(bot string) {
	_ = l.change(time.Now(), func(t *table) error {
		delete(t.overrides, bot)
		return nil
	})
}

// sweep forgets what has ended, so that asking costs no more than before it.
func (l *Levels) sweep(now time.Time) { _ = l.change(now, func(*table) error { return nil }) }

// Configured returns the level of the configuration.
func (l *Levels) Configured() slog.Level { return l.current.Load().configured }

// Overrides returns what was set at run time and has not ended, that of the daemon first and then by bot.
func (l *Levels) Overrides() []Override {
	now := time.Now()
	live := slices.DeleteFunc(slices.Collect(maps.Values(l.current.Load().overrides)),
		func(o Override) bool { return !now.Before(o.Until) })
	slices.SortFunc(live, func(a, b Override) int { return strings.Compare(a.Bot, b.Bot) })
	return live
}

// of is the level of a bot's lines.
func (t *table) of(bot string, now time.Time) slog.Level {
	for _, name := range []string{bot, ""} {
		if o, set := t.overrides[name]; set && now.Before(o.Until) {
			return o.Level
		}
	}
	return t.configured
}

// lowest is the lowest level that any line is written at.
func (t *table) lowest(now time.Time) slog.Level {
	lowest := t.of("", now)
	for bot := range t.overrides {
		lowest = min(lowest, t.of(bot, now))
	}
	return lowest
}
