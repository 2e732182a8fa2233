// Package loglevel decides which lines of the daemon's log are written: by the level of the configuration, and by
// levels that an operator sets at run time, for the whole daemon or for single bots. Those end by themselves.
//
//	levels := loglevel.New(slog.LevelInfo)
//	log := slog.New(levels.Handler(slog.NewTextHandler(os.Stderr, nil)))
//	err := levels.Set("support", slog.LevelDebug, time.Now().Add(time.Hour))
//
// A handler asks an immutable table behind an atomic pointer. While no level was set at run time, that is all it does.
package loglevel
