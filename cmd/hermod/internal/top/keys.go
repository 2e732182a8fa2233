package top

import (
	"slices"
	"unicode"
	"unicode/utf8"

	tea "charm.land/bubbletea/v2"

	"hermod/cmd/hermod/internal/api"
)

// maxQuery bounds the search, in bytes.
const maxQuery = 100

// press obeys a key. What it means depends on what is being asked or typed.
func (m *model) press(key tea.KeyPressMsg) tea.Cmd {
	if key.String() == "ctrl+c" {
		return tea.Quit
	}
	switch {
	case m.asking != nil:
		return m.answer(key.String())
	case m.searching:
		m.search(key)
		return nil
	}
	m.notice = ""
	if m.table && m.open == "" {
		return m.browseNodes(key.String())
	}
	if action, ok := actionOf(key.String()); ok {
		m.ask(action)
		return nil
	}
	return m.browse(key.String())
}

// answer takes the user's word on an action; anything but yes is no.
func (m *model) answer(key string) tea.Cmd {
	action := *m.asking
	b, ok := m.current()
	m.asking = nil
	if key != "y" && key != "Y" || !ok {
		m.notice = action.word + ": cancelled"
		return nil
	}
	m.notice = action.word + " " + b.Name + " …"
	return m.perform(action, b.Name)
}

func (m *model) ask(action action) {
	b, ok := m.current()
	if !ok {
		return
	}
	if reason := action.idle(b.Bot); reason != "" {
		m.notice = b.Name + " " + reason
		return
	}
	m.asking = &action
}

func (m *model) search(key tea.KeyPressMsg) {
	switch key.String() {
	case "enter", "down":
		m.searching = false
	case "esc":
		m.searching, m.filter.query = false, ""
	case "backspace":
		_, size := utf8.DecodeLastRuneInString(m.filter.query)
		m.filter.query = m.filter.query[:len(m.filter.query)-size]
	default:
		for _, r := range key.Text {
			if unicode.IsPrint(r) && len(m.filter.query) < maxQuery {
				m.filter.query += string(r)
			}
		}
	}
	m.choose()
}

func (m *model) browse(key string) tea.Cmd {
	at, page := m.position(), max(1, m.lines()-1)
	switch key {
	case "q":
		return tea.Quit
	case "up", "k":
		m.move(at - 1)
	case "down", "j":
		m.move(at + 1)
	case "pgup":
		m.move(at - page)
	case "pgdown", "space":
		m.move(at + page)
	case "home", "g":
		m.move(0)
	case "end", "G":
		m.move(len(m.chosen) - 1)
	case "enter":
		return m.show()
	case "esc":
		m.back()
	case "n":
		m.table = m.fleet.clustered() && !m.table
		m.open = ""
	case "/":
		m.open, m.table, m.searching = "", false, true
	case "f":
		m.filter.state = m.nextState()
		m.choose()
	case "s":
		m.filter.sort, m.filter.reverse = (m.filter.sort+1)%len(orders), false
		m.choose()
	case "S":
		m.filter.reverse = !m.filter.reverse
		m.choose()
	}
	if m.open != "" && m.open != m.active {
		return m.show()
	}
	return nil
}

// browseNodes obeys while the nodes are shown, and no bot.
func (m *model) browseNodes(key string) tea.Cmd {
	switch key {
	case "q", "esc", "n", "/":
		return m.browse(key)
	}
	return nil
}

// nextState is the state to filter by after the present one, "" for all after the last.
func (m *model) nextState() string {
	all := m.fleet.states()
	return append(all[:len(all):len(all)], "")[slices.Index(all, m.filter.state)+1]
}

// show opens the active bot.
func (m *model) show() tea.Cmd {
	if _, ok := m.fleet.bots[m.active]; !ok {
		return nil
	}
	m.open, m.full = m.active, api.Bot{}
	return m.fetch(m.open)
}

// back undoes the last narrowing: the bot that is open, then the search, then the filter.
func (m *model) back() {
	switch {
	case m.open != "":
		m.open = ""
	case m.table:
		m.table = false
	case m.filter.query != "":
		m.filter.query = ""
	default:
		m.filter.state = ""
	}
	m.choose()
}
