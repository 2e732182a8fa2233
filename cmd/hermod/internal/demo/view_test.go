package demo

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"charm.land/lipgloss/v2"

	"hermod/actors"
	"hermod/cmd/hermod/internal/terminal"
)

var testNow = time.Date(2026, 3, 1, 14, 3, 7, 0, time.UTC)

// testSnapshot has a bot in every state, texts of every kind, and a long story.
func testSnapshot() snapshot {
	bot := func(name string, state actors.State, last string) row {
		return row{
			status: actors.Status{Name: name, State: state, PlatformState: state.Platform(), Generation: 3, Queued: 2,
				Pending: 1, Counters: actors.Counters{Handled: 211, DeadLettered: 1}},
			tally: tally{injected: 214, handled: 211, last: last}, buffered: 3,
		}
	}
	s := snapshot{now: testNow, elapsed: 12 * time.Second, length: 18 * time.Second,
		totals: totals{injected: 1004, handled: 1000, deadLettered: 2, sent: 1010},
		rows: []row{
			bot("discord-main", actors.Ready, "美咲: おはよう。今日のリリースは予定どおりですか？"),
			bot("telegram-help", actors.Backoff, "Inês: tomatoes 🍅🍅"),
			bot("slack-ops", actors.Dormant, "Kim: /deploy"),
			bot("whatsapp-shop", actors.Disabled, "Mara: hi"),
			bot("signal-home", actors.Ready, "rafi: multi\nline\x1b[31m and\ta 👨‍👩‍👧 family ❤️"),
			bot("lab", actors.Handshaking, ""),
		}}
	s.rows[1].status.NextDial = testNow.Add(1240 * time.Millisecond)
	s.rows[3].status.CloseCode, s.rows[3].status.CloseReason = 4401, "unauthorized"
	for i := range 30 {
		s.story = append(s.story, line{i + 1, testNow, fmt.Sprintf("event %d of a story that is told in more words than fit on a line of a terminal", i+1)})
	}
	return s
}

// drawn returns the lines of the last frame, without styles.
func drawn(t *testing.T, width, height int, draw func(*liveView)) []string {
	t.Helper()
	var out bytes.Buffer
	draw(&liveView{out: &out, colours: true, size: func() (int, int) { return width, height }})
	text := regexp.MustCompile(`\x1b\[[0-9;?]*[A-Za-z]`).ReplaceAllString(out.String(), "")
	if strings.ContainsRune(text, '\x1b') {
		t.Errorf("an escape sequence that is none: %q", text)
	}
	return strings.Split(strings.TrimSuffix(text, "\r\n"), "\r\n")
}

func TestDemoScreenShowsTheTableAndTheNewestStory(t *testing.T) {
	lines := drawn(t, 80, 24, func(v *liveView) { v.show(testSnapshot()) })
	want := []string{
		" hermod demo  6 bots, 3 connected, 2 retrying, 1 disabled         0:12 of 0:18",
		" 1004 injected, 1000 handled, 2 dead-lettered, 2 under way, 1010 requests",
		"",
		" BOT            STATE            IN   OUT  BUF    Q/P GEN  LAST EVENT",
		" discord-main   ● ready         212   211    3    2/1   3  美咲: おはよう。今…",
		" telegram-help  ◌ backoff       212   211    3    2/1   3  dials in 1.2 s",
		" slack-ops      ◐ dormant       212   211    3    2/1   3  asleep, 3 wait",
		" whatsapp-shop  ○ disabled      212   211    3    2/1   3  4401 unauthorized",
		" signal-home    ● ready         212   211    3    2/1   3  rafi: multi line[31…",
		" lab            ◌ handshaking   212   211    3    2/1   3  …",
		"",
		" 14:03:07  event 19 of a story that is told in more words than fit on a line o…",
	}
	for i, line := range want {
		if got := strings.TrimRight(lines[i], " "); got != line {
			t.Errorf("line %d:\n got %q\nwant %q", i+1, got, line)
		}
	}
	if last := lines[len(lines)-1]; len(lines) != 23 || !strings.Contains(last, "event 30 ") {
		t.Errorf("%d lines, the last is %q", len(lines), last)
	}
}

func TestDemoScreenFitsEverySize(t *testing.T) {
	balanced := &account{totals: totals{injected: 12, handled: 12, sent: 3}, resolved: 3}
	for width := 1; width <= 132; width++ {
		for _, height := range []int{1, 2, 5, 9, 12, 24, 50} {
			s := testSnapshot()
			live := drawn(t, width, height, func(v *liveView) { v.show(s) })
			if len(live) > height {
				t.Errorf("%dx%d: %d lines", width, height, len(live))
			}
			s.account = balanced
			for _, line := range append(live, drawn(t, width, height, func(v *liveView) { v.end(s) })...) {
				if got := lipgloss.Width(line); got > width {
					t.Fatalf("%dx%d: a line of %d cells: %q", width, height, got, line)
				}
			}
		}
	}
}

func TestDemoScreenEndsWithTheAccountAboveThePrompt(t *testing.T) {
	s := testSnapshot()
	s.account = &account{totals: totals{injected: 1004, handled: 1001, deadLettered: 2, sent: 1010}, resolved: 1010,
		copies: 11}
	lines := drawn(t, 80, 24, func(v *liveView) { v.end(s) })
	want := []string{
		"",
		" The account does not balance.",
		"   events injected                  1004  ≠  1001 handled + 2 dead-lettered",
		"   duplicates seen by handlers         0  =  0 (the engine dropped 11 copies)",
		"   requests sent                    1010  =  1010 resolved",
		"   left in the connector's buffer      0  =  0",
	}
	if len(lines) != 21 {
		t.Fatalf("%d lines, want 21 and room for the prompt", len(lines))
	}
	for i, line := range want {
		if got := lines[len(lines)-len(want)+i]; got != line {
			t.Errorf("got %q, want %q", got, line)
		}
	}
}

func TestDemoScreenGivesTheCursorBack(t *testing.T) {
	var out bytes.Buffer
	v := &liveView{out: &out, size: func() (int, int) { return 80, 24 }}
	v.open()
	if !strings.HasSuffix(out.String(), hideCursor) {
		t.Errorf("open wrote %q", out.String())
	}
	v.show(testSnapshot())
	v.release()
	if !strings.HasSuffix(out.String(), showCursor) {
		t.Error("the cursor stays hidden")
	}
}

func TestDemoScreenHasNoColoursWhenAskedNotTo(t *testing.T) {
	colour := regexp.MustCompile(`\x1b\[[0-9;]*(3[0-9]|9[0-7])m`)
	for _, colours := range []bool{true, false} {
		var out bytes.Buffer
		v := &liveView{out: &out, colours: colours, size: func() (int, int) { return 80, 24 }}
		v.show(testSnapshot())
		if got := colour.MatchString(out.String()); got != colours {
			t.Errorf("colours %v: found %v", colours, got)
		}
	}
}

func TestDemoNeverShowsADisabledBotInRed(t *testing.T) {
	if c := terminal.StateColour(actors.Disabled.Platform()); c != nil {
		t.Errorf("a disabled bot is %v", c)
	}
	if terminal.StateColour(actors.Failed.Platform()) != lipgloss.Red {
		t.Error("a failed bot is not red")
	}
}

func TestDemoLogWritesEachLineOnceAndNoEscapes(t *testing.T) {
	var out bytes.Buffer
	v := newView(&out)
	s := testSnapshot()
	s.story = s.story[:2]
	v.open()
	v.show(s)
	v.show(s)
	s = testSnapshot()
	s.account = &account{}
	v.end(s)
	v.release()
	text := out.String()
	if strings.ContainsRune(text, '\x1b') {
		t.Errorf("escape codes: %q", text)
	}
	for i := range 30 {
		if n := strings.Count(text, fmt.Sprintf("14:03:07 event %d of", i+1)); n != 1 {
			t.Errorf("line %d was written %d times", i+1, n)
		}
	}
	if tables := strings.Count(text, "LAST EVENT"); tables != 2 {
		t.Errorf("%d tables, want one after 5 s and one at the end", tables)
	}
	if !strings.HasSuffix(text, " 0  =  0\n") || !strings.Contains(text, "The account balances.") {
		t.Errorf("no account at the end: %q", text)
	}
}
