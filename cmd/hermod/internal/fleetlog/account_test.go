package fleetlog

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/messages"
)

// line is what the tests look at of a line of the log.
type line struct {
	Level, Msg, Bot, Connector, Causes, Err, Hint string
	Down, Bots, Attempt, Code                     int
	Connectors                                    int
	MoreBots                                      int    `json:"more_bots"`
	Dropped                                       int    `json:"lines_dropped"`
	StillDown                                     string `json:"still_down"`
	Lasted, Lasts                                 time.Duration
	LastConnected                                 time.Time `json:"last_connected"`
	MostDown                                      int       `json:"most_down"`
}

// play is an account whose time and bots the test moves.
type play struct {
	t     *testing.T
	a     *account
	out   bytes.Buffer
	now   time.Time
	begun time.Time
	ends  map[string]uint64
}

func newPlay(t *testing.T) *play {
	p := &play{t: t, begun: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ends: make(map[string]uint64)}
	p.now = p.begun
	p.a = newAccount(slog.New(slog.NewJSONHandler(&p.out, nil)))
	return p
}

func name(i int) string { return fmt.Sprintf("bot-%04d", i) }

// ready and fail are what a relay says of itself.
func (p *play) ready(bot, connector string) {
	p.a.note(fleet.Event{Bot: bot, Connector: connector, Status: p.status(bot, messages.Ready)}, p.now)
}

func (p *play) fail(bot, connector string, end messages.LinkEnd) {
	p.ends[bot]++
	s := p.status(bot, messages.Backoff)
	s.LastEnd, s.CloseCode = end, end.Code
	s.LastError, s.Hint = errors.New("failed: "+string(end.Cause)).Error(), "look at "+string(end.Cause)
	p.a.note(fleet.Event{Bot: bot, Connector: connector, Status: s}, p.now)
}

func (p *play) status(bot string, state messages.State) fleet.Status {
	s := fleet.Status{Starts: 1}
	s.Name, s.State, s.PlatformState, s.Generation = bot, state, state.Platform(), 1
	s.Ends = map[messages.LinkEnd]uint64{lost: p.ends[bot]}
	return s
}

// pass lets time pass, a second at a time.
func (p *play) pass(d time.Duration) {
	for end := p.now.Add(d); p.now.Before(end); {
		p.now = p.now.Add(tick)
		p.a.remind(p.now)
	}
}

// lines are those written since the last call.
func (p *play) lines() (lines []line) {
	p.t.Helper()
	for text := range strings.Lines(p.out.String()) {
		var l line
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			p.t.Fatal(err)
		}
		lines = append(lines, l)
	}
	p.out.Reset()
	return lines
}

func (p *play) saying(lines []line, text string) (found []line) {
	for _, l := range lines {
		if strings.Contains(l.Msg, text) {
			found = append(found, l)
		}
	}
	return found
}

var (
	refused = messages.LinkEnd{Cause: messages.CauseDial}
	lost    = messages.LinkEnd{Cause: messages.CauseLost}
	restart = messages.LinkEnd{Cause: messages.CauseClosed, Code: 1012}
	busy    = messages.LinkEnd{Cause: messages.CauseRefused, Code: 503}
)

func TestAnOutageOfFiveThousandBotsIsAFewLinesThatSayMuch(t *testing.T) {
	const bots, at = 5000, "connector.example:443"
	p := newPlay(t)
	for i := range bots {
		p.ready(name(i), at)
	}
	p.pass(time.Hour)
	if started := p.lines(); len(started) != 4 || started[3].MoreBots != bots-3 {
		t.Errorf("the start is %+v", started)
	}
	connected := p.begun
	for i := range bots {
		p.fail(name(i), at, []messages.LinkEnd{lost, restart}[i%10/9])
	}
	for range 20 { // each bot dials again every 30 s
		p.pass(30 * time.Second)
		for i := range bots {
			p.fail(name(i), at, refused)
		}
	}
	lines := p.lines()
	if len(lines) > 50 {
		t.Errorf("ten minutes of outage are %d lines", len(lines))
	}
	for i := range many - 1 {
		if lines[i].Bot != name(i) || lines[i].Err == "" || lines[i].Hint == "" {
			t.Errorf("line %d is %+v", i, lines[i])
		}
	}
	rest := lines[many-1:]
	for i, down := range []int{10, 100, 1000, bots, bots, bots, bots} {
		l := rest[i]
		if l.Level != "ERROR" || l.Connector != at || l.Down != down || l.Bots != bots || l.Hint == "" ||
			!l.LastConnected.Equal(connected) {
			t.Errorf("line %d is %+v, want %d down", i, l, down)
		}
	}
	if first := rest[2]; first.Causes != "901 lost, 99 closed 1012" && first.Causes != "900 lost, 100 closed 1012" {
		t.Errorf("the causes are %q", first.Causes)
	}
	if last := rest[len(rest)-1]; last.Lasts != 10*time.Minute || last.Causes != "5000 dial" || last.Dropped != 0 {
		t.Errorf("the last line is %+v", last)
	}
	p.pass(5 * time.Hour)
	if hours := p.lines(); len(hours) != 6 {
		t.Errorf("five more hours are %d lines: %+v", len(hours), hours)
	}
	for i := range bots {
		p.ready(name(i), at)
	}
	over := p.lines()
	if len(over) != 1 || over[0].Msg != "the outage is over" || over[0].Lasted != 5*time.Hour+10*time.Minute || over[0].MostDown != bots {
		t.Errorf("the end is %+v", over)
	}
}

func TestAFewBotsInTroubleAreNamed(t *testing.T) {
	const at = "connector.example"
	p := newPlay(t)
	for i := range 40 {
		p.ready(name(i), at)
	}
	p.pass(time.Hour)
	p.lines()
	p.fail(name(7), at, lost)
	p.fail(name(7), at, refused)
	for range 24 {
		p.pass(5 * time.Minute)
		p.fail(name(7), at, refused)
	}
	lines := p.lines()
	want := []string{"lost", "dial", "dial", "dial", "dial", "dial"} // 0, 0, 1 min, 10 min, 1 h, 2 h
	for i, l := range lines {
		if i >= len(want) || l.Bot != name(7) || l.Err != "failed: "+want[i] || l.Level != "WARN" {
			t.Errorf("line %d is %+v", i, l)
		}
	}
	if len(lines) != len(want) {
		t.Errorf("%d lines, want %d", len(lines), len(want))
	}
	p.ready(name(7), at)
	if back := p.lines(); len(back) != 1 || back[0].Msg != "the bot is connected again" || back[0].Bot != name(7) || back[0].Lasted != 2*time.Hour {
		t.Errorf("the end is %+v", back)
	}
}

func TestAnOutageThatIsNearlyOverNamesTheBotsThatAreLeft(t *testing.T) {
	const at = "connector.example"
	p := newPlay(t)
	for i := range 50 {
		p.fail(name(i), at, refused)
	}
	p.pass(20 * time.Minute)
	for i := range 48 {
		p.ready(name(i), at)
	}
	p.lines()
	p.pass(2 * time.Minute)
	lines := p.lines()
	if len(lines) != 1 || lines[0].StillDown != "bot-0048, bot-0049" || lines[0].MostDown != 50 {
		t.Errorf("got %+v", lines)
	}
	p.ready(name(48), at)
	p.ready(name(49), at)
	if back := p.saying(p.lines(), "connected again"); len(back) != 2 {
		t.Errorf("got %+v", back)
	}
}

// Whatever bots do, the log stays short; what is left out is counted.
func TestTenMinutesOfAnythingAreAtMostFiftyLines(t *testing.T) {
	for what, step := range map[string]func(p *play, second, i int){
		"each bot at a connector of its own": func(p *play, second, i int) {
			p.fail(name(i), name(i)+".example", refused)
		},
		"bots that come and go": func(p *play, second, i int) {
			if at := fmt.Sprint(i%7, ".example"); (second+i)%2 == 0 {
				p.fail(name(i), at, lost)
			} else {
				p.ready(name(i), at)
			}
		},
		"a connector with a new code each time": func(p *play, second, i int) {
			p.fail(name(i%9), "one.example", messages.LinkEnd{Cause: messages.CauseClosed, Code: 4000 + second*7 + i})
		},
		"all in and out of trouble at once": func(p *play, second, i int) {
			if second%2 == 0 {
				p.fail(name(i), "one.example", busy)
			} else {
				p.ready(name(i), "one.example")
			}
		},
		"bots that come and leave": func(p *play, second, i int) {
			p.ready(name(i), "one.example")
			p.a.note(fleet.Event{Bot: name(i), Connector: "one.example", Removed: true}, p.now)
		},
	} {
		p := newPlay(t)
		for second := range 600 {
			for i := range 40 {
				step(p, second, i)
			}
			p.pass(time.Second)
		}
		lines := p.lines()
		if len(lines) > 50 || len(lines) < 5 {
			t.Errorf("%s: %d lines", what, len(lines))
		}
		if _, left := p.a.groups["one.example"]; len(p.a.groups) > ownGroups || what == "bots that come and leave" && (len(p.a.bots) > 0 || left) {
			t.Errorf("%s: the account holds %d groups and %d bots", what, len(p.a.groups), len(p.a.bots))
		}
	}
}

func TestConnectorsBeyondThreeShareOneOutage(t *testing.T) {
	p := newPlay(t)
	for i := range 1000 {
		p.fail(name(i), fmt.Sprint(i%100, ".example"), refused)
	}
	p.pass(time.Minute)
	var shared []line
	for _, l := range p.lines() {
		if l.Connector == "several" {
			shared = append(shared, l)
		}
	}
	if len(shared) == 0 || shared[len(shared)-1].Down != 970 || shared[len(shared)-1].Connectors != 97 {
		t.Errorf("got %+v", shared)
	}
}

func TestBotsThatEndAreErrorsAndNoOutage(t *testing.T) {
	p := newPlay(t)
	for i := range 1000 {
		s := p.status(name(i), messages.Disabled)
		s.Cause, s.LastError, s.Hint = fleet.Revoked, "closed 4401", "enrol again"
		s.LastEnd = messages.LinkEnd{Cause: messages.CauseClosed, Code: 4401}
		p.a.note(fleet.Event{Bot: name(i), Connector: "one.example", Status: s}, p.now)
	}
	p.pass(time.Hour)
	lines := p.lines()
	if len(lines) != 4 || lines[0].Level != "ERROR" || lines[0].Bot != name(0) || lines[0].Hint != "enrol again" || lines[3].MoreBots != 997 {
		t.Errorf("got %+v", lines)
	}
	f := p.a.figures().Connectors["one.example"]
	if f.Bots != 1000 || f.Down[messages.LinkEnd{Cause: messages.CauseClosed, Code: 4401}] != 1000 || f.Outage {
		t.Errorf("the figures are %+v", f)
	}
}

func TestFiguresFollowAnOutage(t *testing.T) {
	const at = "connector.example"
	p := newPlay(t)
	for i := range 20 {
		p.fail(name(i), at, refused)
	}
	f := p.a.figures().Connectors[at]
	if f.Bots != 20 || f.Down[refused] != 20 || f.Outages != 1 || !f.Outage {
		t.Errorf("during it they are %+v", f)
	}
	for i := range 20 {
		p.ready(name(i), at)
	}
	f = p.a.figures().Connectors[at]
	if f.Bots != 20 || len(f.Down) != 0 || f.Outages != 1 || f.Outage {
		t.Errorf("after it they are %+v", f)
	}
}

func TestABotThatSleepsIsOneLine(t *testing.T) {
	p := newPlay(t)
	p.ready("a", "one.example")
	for range 3 { // each transition of its sleep tells the same
		p.a.note(fleet.Event{Bot: "a", Connector: "one.example", Status: p.status("a", messages.Dormant)}, p.now)
	}
	if lines := strings.Count(p.out.String(), `"dormant"`); lines != 1 {
		t.Errorf("%d lines:\n%s", lines, p.out.String())
	}
}
