package top

import (
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
)

// nodeModel is a model that was told of three bots, of two nodes of a cluster.
func nodeModel(width int, daemon string) *model {
	m := newModel(&client{base: "http://127.0.0.1:1"})
	m.colours, m.connected = false, true
	m.Update(tea.WindowSizeMsg{Width: width, Height: 20})
	for _, event := range [][2]string{{"daemon", daemon},
		{"status", `{"name":"one","node":"gw-a","epoch":7,"state":"ready","platform_state":"connected","identities":[{"platform":"slack","bot_id":"1"}]}`},
		{"status", `{"name":"two","node":"gw-b","state":"unknown","platform_state":"unknown","error":"node gw-b does not answer"}`},
		{"status", `{"name":"three","state":"unassigned","platform_state":"retrying","error":"no node runs the bot"}`}, {"synced", "{}"}} {
		m.Update(eventMsg{kind: event[0], data: []byte(event[1])})
	}
	m.Update(tickMsg(time.Now()))
	return m
}

const twoNodes = `{"version":"1.0","node":"gw-a","nodes":[{"name":"gw-a","version":"1.0","state":"member","bots":1,"lacks":2,` +
	`"states":{"connected":1}},{"name":"gw-b","version":"0.9","state":"silent","bots":1}]}`

// screen is what the model shows, without the faces of the text.
func (m *model) screen() string {
	return regexp.MustCompile(`\x1b\[[0-9;:]*m`).ReplaceAllString(m.View().Content, "")
}

func (m *model) typeIn(keys ...string) {
	for _, key := range keys {
		press := tea.KeyPressMsg{Text: key, Code: rune(key[0])}
		if key == "esc" {
			press = tea.KeyPressMsg{Code: tea.KeyEscape}
		}
		m.Update(press)
	}
}

func wantOnScreen(t *testing.T, m *model, parts ...string) {
	t.Helper()
	text := strings.Join(strings.Fields(m.screen()), " ")
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q on the screen:\n%s", part, m.screen())
		}
	}
}

func TestInAClusterTheListShowsTheNodeOfEachBot(t *testing.T) {
	for width, row := range map[int]string{120: "one slack gw-a ● ready", 80: "one gw-a ● ready"} {
		m := nodeModel(width, twoNodes)
		wantOnScreen(t, m, row, "two gw-b ? unknown", "gw-a, one of 2 nodes", "1 connected", "1 retrying", "? 1 unknown", "n nodes")
		for _, line := range strings.Split(m.screen(), "\n") {
			if n := len([]rune(line)); n > width {
				t.Errorf("%d cells are wider than %d: %q", n, width, line)
			}
		}
	}
}

func TestBotsAreFoundByTheirNodeAndByBeingUnknown(t *testing.T) {
	m := nodeModel(120, twoNodes)
	m.filter.query = "gw-b"
	m.choose()
	if len(m.chosen) != 1 || m.chosen[0].Name != "two" {
		t.Errorf("the search finds %v", m.chosen)
	}
	m.filter.query = ""
	m.typeIn("f", "f", "f", "f", "f", "f")
	if m.filter.state != unknown || len(m.chosen) != 1 || m.chosen[0].Name != "two" {
		t.Errorf("the filter %q leaves %v", m.filter.state, m.chosen)
	}
	if m.typeIn("f"); m.filter.state != "" {
		t.Errorf("then it is %q", m.filter.state)
	}
}

func TestATableOfTheNodesIsShownAndNoBotIsSteeredBehindIt(t *testing.T) {
	m := nodeModel(120, twoNodes)
	m.typeIn("n")
	wantOnScreen(t, m, "gw-a ● member 1.0 1 2 1 connected", "gw-b ✗ silent 0.9 1 0")
	if m.typeIn("d", "r"); m.asking != nil {
		t.Errorf("it asks whether to %s a bot that nobody sees", m.asking.word)
	}
	if m.typeIn("esc"); m.table {
		t.Error("the table stays")
	}
	m.typeIn("n", "n")
	wantOnScreen(t, m, "BOT PLATFORM NODE STATE")
}

func TestWithoutAClusterNothingTellsOfNodes(t *testing.T) {
	m := nodeModel(120, `{"version":"1.0"}`)
	m.typeIn("n")
	wantOnScreen(t, m, "BOT PLATFORM STATE TRAFFIC", "one slack ● ready", "actions q quit")
	if text := m.screen(); strings.Contains(text, "NODE") || strings.Contains(text, "gw-a") || m.table {
		t.Errorf("the screen is\n%s", text)
	}
	if m.typeIn("f", "f", "f", "f", "f", "f"); m.filter.state != "" {
		t.Errorf("the filter is %q", m.filter.state)
	}
}
