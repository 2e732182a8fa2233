package api

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/loglevel"
	"hermod/cmd/hermod/internal/problem"
)

// How long a level that was set at run time lasts.
const (
	defaultLevelTime = time.Hour
	maxLevelTime     = 24 * time.Hour
)

// LogLevels are the levels of the log.
type LogLevels struct {
	// Configured is the configuration's.
	Configured string `json:"configured"`
	// Level is the daemon's, for bots without one of their own. Until is when one that was set at run time ends.
	Level string `json:"level"`
	Until string `json:"until,omitempty"`
	// Bots are those with a level of their own.
	Bots []BotLogLevel `json:"bots"`
}

// BotLogLevel is the level of one bot's lines.
type BotLogLevel struct {
	Bot   string `json:"bot"`
	Level string `json:"level"`
	Until string `json:"until"`
}

func (a *api) levels(w http.ResponseWriter, _ *http.Request) error {
	configured := levelName(a.Levels.Configured())
	now := LogLevels{Configured: configured, Level: configured, Bots: []BotLogLevel{}}
	for _, o := range a.Levels.Overrides() {
		if o.Bot == "" {
			now.Level, now.Until = levelName(o.Level), moment(o.Until)
			continue
		}
		now.Bots = append(now.Bots, BotLogLevel{Bot: o.Bot, Level: levelName(o.Level), Until: moment(o.Until)})
	}
	return answer(w, http.StatusOK, now)
}

func levelName(level slog.Level) string { return strings.ToLower(level.String()) }

func (a *api) setLevel(w http.ResponseWriter, r *http.Request) error { return a.changeLevel(w, r, "") }

func (a *api) setBotLevel(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	return a.changeLevel(w, r, b.Name())
}

func (a *api) changeLevel(w http.ResponseWriter, r *http.Request, bot string) error {
	body := struct {
		Level   string `json:"level"`
		Seconds *int64 `json:"seconds"`
	}{}
	if err := decode(w, r, maxSmall, &body, "level", "seconds"); err != nil {
		return err
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(body.Level)); err != nil || levelName(level) != body.Level {
		return badBody(`"level" is not debug, info, warn or error`, `send for example {"level":"debug","seconds":600}`)
	}
	lasts := defaultLevelTime
	if body.Seconds != nil {
		if *body.Seconds < 1 || *body.Seconds > int64(maxLevelTime/time.Second) {
			return badBody(`"seconds" is not from 1 to 86400`, "send how long the level lasts, or leave it out for an hour")
		}
		lasts = time.Duration(*body.Seconds) * time.Second
	}
	if err := a.Levels.Set(bot, level, time.Now().Add(lasts)); errors.Is(err, loglevel.ErrTooMany) {
		return problem.New(http.StatusConflict, "too-many-log-levels", "Too many log levels",
			fmt.Sprintf("%d bots have a level of their own", loglevel.MaxBots), "reset some, or set the level of the whole daemon")
	}
	a.Logger.Info("the log level was set", "target", target(bot), "level", body.Level, "lasts", lasts)
	return a.levels(w, r)
}

func (a *api) resetLevel(w http.ResponseWriter, r *http.Request) error {
	a.Levels.Reset("")
	a.Logger.Info("the log level was reset", "target", target(""))
	return a.levels(w, r)
}

func (a *api) resetBotLevel(w http.ResponseWriter, r *http.Request, b *fleet.Bot) error {
	a.Levels.Reset(b.Name())
	a.Logger.Info("the log level was reset", "target", target(b.Name()))
	return a.levels(w, r)
}

// target names what a level is for. It is not the key bot, by which the line would be judged.
func target(bot string) string {
	if bot == "" {
		return "daemon"
	}
	return bot
}
