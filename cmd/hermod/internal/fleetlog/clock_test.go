package fleetlog

import (
	"testing"
	"time"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/messages"
)

func TestClocksThatDifferAreToldOncePerChange(t *testing.T) {
	const at = "connector.example"
	p := newPlay(t)
	measure := func(bot int, skew time.Duration) int {
		t.Helper()
		s := p.status(name(bot), messages.Ready)
		s.Skew = skew
		p.a.note(fleet.Event{Bot: name(bot), Connector: at, Status: s}, p.now)
		return len(p.saying(p.lines(), "clock"))
	}
	for i, step := range []struct {
		skew  time.Duration
		lines int
	}{
		{5 * time.Second, 0}, {6 * time.Minute, 1}, {6*time.Minute + 20*time.Second, 0}, {6 * time.Minute, 0},
		{-6 * time.Minute, 1}, {0, 0}, {-6 * time.Minute, 0}, {time.Second, 1}, {2 * time.Second, 0}, {31 * time.Second, 1},
	} {
		if got := measure(i, step.skew); got != step.lines {
			t.Errorf("step %d, skew %v: %d lines, want %d", i, step.skew, got, step.lines)
		}
	}
	if f := p.a.figures().Connectors[at]; f.Skew != 31*time.Second {
		t.Errorf("the figures are %+v", f)
	}
}
