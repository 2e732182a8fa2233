package loglevel_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"hermod/cmd/hermod/internal/loglevel"
)

// written logs a line of each kind at debug and returns which were written.
func written(levels *loglevel.Levels) string {
	var out strings.Builder
	log := slog.New(levels.Handler(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug - 4})))
	log.Debug("daemon")
	log.With("bot", "a").Debug("a-with")
	log.Debug("a-attr", "bot", "a")
	log.With("gen", 1).WithGroup("g").Debug("group")
	log.With("bot", "b").Debug("b-with")
	var kinds []string
	for line := range strings.Lines(out.String()) {
		_, kind, _ := strings.Cut(line, "msg=")
		kinds = append(kinds, strings.Fields(kind)[0])
	}
	return strings.Join(kinds, " ")
}

func TestALevelOfOneBotIsForItsLinesOnlyAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		levels := loglevel.New(slog.LevelInfo)
		check := func(when, want string) {
			t.Helper()
			if got := written(levels); got != want {
				t.Errorf("%s: wrote %q, want %q", when, got, want)
			}
		}
		check("at first", "")
		_ = levels.Set("a", slog.LevelDebug, time.Now().Add(10*time.Minute))
		check("with a at debug", "a-with a-attr")
		_ = levels.Set("", slog.LevelDebug, time.Now().Add(5*time.Minute))
		_ = levels.Set("b", slog.LevelError, time.Now().Add(20*time.Minute))
		check("with all but b at debug", "daemon a-with a-attr group")
		levels.Configure(slog.LevelWarn)
		check("after a reload", "daemon a-with a-attr group")
		time.Sleep(5 * time.Minute)
		check("when the daemon's has ended", "a-with a-attr")
		levels.Reset("a")
		check("after a reset", "")
		time.Sleep(15 * time.Minute)
		levels.Configure(slog.LevelDebug)
		check("when b's has ended", "daemon a-with a-attr group b-with")
		if left := levels.Overrides(); len(left) > 0 || levels.Configured() != slog.LevelDebug {
			t.Errorf("left are %v over %v", left, levels.Configured())
		}
	})
}

func TestAtMostAHundredBotsHaveALevelOfTheirOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		levels := loglevel.New(slog.LevelInfo)
		until := time.Now().Add(time.Hour)
		_ = levels.Set("", slog.LevelWarn, until)
		for i := range loglevel.MaxBots {
			if err := levels.Set(fmt.Sprint("bot-", i), slog.LevelDebug, until); err != nil {
				t.Fatal(err)
			}
		}
		if err := levels.Set("one-more", slog.LevelDebug, until); !errors.Is(err, loglevel.ErrTooMany) {
			t.Errorf("one more: %v", err)
		}
		if err := levels.Set("bot-7", slog.LevelError, until); err != nil {
			t.Errorf("one that is there: %v", err)
		}
		time.Sleep(time.Hour)
		if err := levels.Set("one-more", slog.LevelDebug, time.Now().Add(time.Hour)); err != nil || len(levels.Overrides()) != 1 {
			t.Errorf("when they have ended: %v, %v", err, levels.Overrides())
		}
	})
}

func BenchmarkHandler(b *testing.B) {
	plain := slog.NewTextHandler(io.Discard, nil)
	unset := loglevel.New(slog.LevelInfo)
	set := loglevel.New(slog.LevelInfo)
	_ = set.Set("b", slog.LevelDebug, time.Now().Add(time.Hour))
	for name, handler := range map[string]slog.Handler{"plain": plain, "unset": unset.Handler(plain), "set": set.Handler(plain)} {
		log := slog.New(handler).With("bot", "a")
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
			b.Run(name+"/"+level.String(), func(b *testing.B) {
				for b.Loop() {
					log.LogAttrs(context.Background(), level, "ready", slog.Int("gen", 1))
				}
			})
		}
	}
}
