package deliver

import (
	"maps"
	"os"
	"runtime"
	"slices"

	"hermod/cmd/hermod/internal/config"
)

// passedOn are the daemon's variables that a process gets, by their whole names: a pattern could match the name of a
// variable that holds a secret.
var passedOn = []string{"PATH", "HOME", "TZ", "TMPDIR", "LANG", "LANGUAGE", "LC_ALL", "LC_ADDRESS", "LC_COLLATE",
	"LC_CTYPE", "LC_IDENTIFICATION", "LC_MEASUREMENT", "LC_MESSAGES", "LC_MONETARY", "LC_NAME", "LC_NUMERIC", "LC_PAPER",
	"LC_TELEPHONE", "LC_TIME"}

// passedOnWindows are those without which few programs start on Windows.
var passedOnWindows = []string{"APPDATA", "COMSPEC", "LOCALAPPDATA", "PATHEXT", "PROGRAMDATA", "SYSTEMDRIVE",
	"SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "WINDIR"}

// environment is what a bot's process gets: a few of the daemon's variables, those that the configuration names, and
// the bot's name.
func environment(configured map[string]config.Variable, bot string) []string {
	names := passedOn
	if runtime.GOOS == "windows" {
		names = slices.Concat(passedOn, passedOnWindows)
	}
	var entries []string
	for _, name := range names {
		if value, set := os.LookupEnv(name); set {
			entries = append(entries, name+"="+value)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(configured)) {
		entries = append(entries, name+"="+configured[name].Reveal())
	}
	return append(entries, "HERMOD_BOT="+bot) // the last one of a name counts
}
