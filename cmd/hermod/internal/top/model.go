package top

import (
	"errors"
	"net/http"
	"os"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"

	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/cli"
	"hermod/cmd/hermod/internal/problem"
)

// refreshInterval is how often the list follows what happened, countdowns included.
const refreshInterval = 250 * time.Millisecond

// model is the state of 'hermod top'. Bubble Tea calls its methods from one goroutine.
type model struct {
	client        *client
	fleet         roster
	filter        filter
	link          linkMsg
	connected     bool // ever
	refused       error
	width, height int
	now           time.Time

	chosen    []*bot // what the filter leaves
	active    string // name of the bot that is chosen
	longest   int    // width of the longest name
	first     int    // position of the first line in view
	searching bool
	open      string  // name of the bot that is shown in full
	full      api.Bot // it, with its counters
	table     bool    // the nodes are shown
	asking    *action // what the user is asked to confirm
	notice    string  // what came of the last action
	colours   bool
}

type tickMsg time.Time

func newModel(client *client) *model {
	return &model{client: client, width: 80, height: 24, now: time.Now(), colours: os.Getenv("NO_COLOR") == ""}
}

// Init starts the clock.
func (m *model) Init() tea.Cmd { return tick() }

func tick() tea.Cmd {
	return tea.Tick(refreshInterval, func(at time.Time) tea.Msg { return tickMsg(at) })
}

// Update takes what happened.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.follow()
	case eventMsg:
		m.fleet.take(msg, time.Now())
	case linkMsg:
		return m, m.relink(msg)
	case tickMsg:
		m.now = time.Time(msg)
		m.choose()
		return m, tea.Batch(tick(), m.refresh())
	case doneMsg:
		m.notice = msg.String()
		return m, m.refresh()
	case shownMsg:
		if msg.err == nil && msg.bot.Name == m.open {
			m.full = msg.bot
		}
	case tea.KeyPressMsg:
		return m, m.press(msg)
	}
	return m, nil
}

// relink notes how the connection is. A refusal is final, so it ends the program.
func (m *model) relink(link linkMsg) tea.Cmd {
	m.link = link
	if link.err == nil {
		m.connected = true
		m.fleet.restart()
		return nil
	}
	told := new(problem.Problem)
	if !errors.As(link.err, &told) {
		return nil
	}
	switch {
	case told.Status == http.StatusUnauthorized:
		m.refused = cli.UsageError("the daemon needs a token, or refuses this one; name the file of the token with --token-file, or set HERMOD_TOKEN")
	case told.OfKind("role-missing"):
		m.refused = cli.UsageError("the daemon knows the token, but %s; %s", told.Detail, told.Hint)
	case told.Status == http.StatusForbidden, told.Status == http.StatusNotFound:
		m.refused = cli.UsageError("%s does not serve 'hermod top': %w; set --url to a Hermod daemon", m.client.name(), told)
	default:
		return nil
	}
	return tea.Quit
}

// refresh asks for the counters of the bot that is shown in full, once a second.
func (m *model) refresh() tea.Cmd {
	if m.open == "" || m.now.Sub(m.now.Truncate(time.Second)) > refreshInterval {
		return nil
	}
	return m.fetch(m.open)
}

// choose brings the list up to date; the active bot stays active wherever it went.
func (m *model) choose() {
	m.chosen = m.fleet.choose(m.filter, m.fleet.present(m.now))
	m.longest = 0
	for name := range m.fleet.bots {
		m.longest = max(m.longest, len(name)) // names are ASCII
	}
	m.follow()
}

// position is where the active bot is in the list, -1 when it is not there.
func (m *model) position() int {
	return slices.IndexFunc(m.chosen, func(b *bot) bool { return b.Name == m.active })
}

// follow keeps an active bot, and keeps it in view.
func (m *model) follow() {
	at := m.position()
	if at < 0 && len(m.chosen) > 0 {
		at = min(m.first, len(m.chosen)-1)
		m.active = m.chosen[at].Name
	}
	lines := m.lines()
	m.first = max(0, min(m.first, len(m.chosen)-lines))
	if at >= 0 {
		m.first = min(max(m.first, at-lines+1), at)
	}
}

func (m *model) move(to int) {
	if len(m.chosen) == 0 {
		return
	}
	m.active = m.chosen[min(max(to, 0), len(m.chosen)-1)].Name
	m.follow()
}

// current is the bot that actions are for.
func (m *model) current() (*bot, bool) {
	name := m.active
	if m.open != "" {
		name = m.open
	}
	b, ok := m.fleet.bots[name]
	return b, ok
}
