package daemon

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

func TestOneBotIsLoggedAtDebugAcrossAReload(t *testing.T) {
	c := serveConnector(t, names(0, 3)...)
	out := new(safeBuffer)
	r := runWith(t, fileOf(c, 0, 2, 0), func(o *Options) { o.Stderr = out })
	r.await(names(0, 2), connected)
	if text := out.taken(); strings.Contains(text, "level=DEBUG") {
		t.Errorf("debug without being asked:\n%s", text)
	}
	must(t, r.levels.Set(botName(1), slog.LevelDebug, time.Now().Add(time.Hour)))
	r.write(fileOf(c, 0, 3, 2)) // has both start again
	r.await(names(0, 2), func(s fleet.Status) bool { return s.Starts == 2 && connected(s) })
	r.await(names(2, 3), connected)
	text := ""
	r.awaitReport(func(*report) bool { // lines are written behind the bots' backs
		text += out.taken()
		return strings.Contains(text, "level=DEBUG msg=ready bot="+botName(1))
	})
	for line := range strings.Lines(text) {
		if strings.Contains(line, "level=DEBUG") && !strings.Contains(line, "bot="+botName(1)) {
			t.Errorf("somebody else's line: %s", line)
		}
	}
	for _, want := range []string{"msg=draining", "msg=connecting", "msg=handshaking"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
}

func TestTheStartAndTheEndOfManyBotsAreAFewLines(t *testing.T) {
	const bots = 60
	c := serveConnector(t, names(0, bots)...)
	out := new(safeBuffer)
	t.Cleanup(func() { // after the daemon's end
		text := out.taken()
		if lines := strings.Count(text, "\n"); lines > 10 || !strings.Contains(text, "msg=ended bots=60 ") {
			t.Errorf("%d lines:\n%s", lines, text)
		}
	})
	r := runWith(t, fileOf(c, 0, bots, 0), func(o *Options) { o.Stderr = out })
	r.await(names(0, bots), connected)
}
