package top

import (
	"errors"
	"fmt"
	"slices"

	tea "charm.land/bubbletea/v2"

	"hermod/actors"
	"hermod/cmd/hermod/internal/api"
	"hermod/cmd/hermod/internal/fleet"
	"hermod/cmd/hermod/internal/problem"
)

// action is something that can be done with a bot.
type action struct {
	key, name, word string
	// effect is what the user is told before it is done.
	effect string
	// idle says why it is of no use now, or "".
	idle func(b api.Bot) string
}

var actions = []action{
	{"r", "reconnect", "Reconnect", "The bot dials at once. An existing connection is drained and replaced.", func(b api.Bot) string {
		return unless(!isOff(b), "is disabled: enable it first")
	}},
	{"w", "wake", "Wake", "The bot stops sleeping, or waiting for its next dial, and dials at once.", func(b api.Bot) string {
		return unless(b.Asleep || b.Held || b.State == actors.Dormant || b.State == actors.Backoff, "is not asleep")
	}},
	{"z", "sleep", "Sleep", "The connector keeps the bot's deliveries until it is woken.", func(b api.Bot) string {
		return unless(b.State == actors.Ready, "is not connected and cannot be put to sleep")
	}},
	{"d", "disable", "Disable", "The bot drains and stays off until it is enabled. A daemon without a state folder forgets that when it restarts.", func(b api.Bot) string {
		return unless(!isOff(b), "is already disabled")
	}},
	{"e", "enable", "Enable", "The bot starts and dials. What the configuration disables is off again after a restart.", func(b api.Bot) string {
		return unless(isOff(b), "is not disabled")
	}},
}

func unless(useful bool, reason string) string {
	if useful {
		return ""
	}
	return reason
}

// isOff: the file or an operator says so; a revoked bot is another matter.
func isOff(b api.Bot) bool { return b.Cause == fleet.ByConfig || b.Cause == fleet.ByOperator }

func actionOf(key string) (action, bool) {
	i := slices.IndexFunc(actions, func(a action) bool { return a.key == key })
	if i < 0 {
		return action{}, false
	}
	return actions[i], true
}

// doneMsg says what came of an action; shownMsg is what the daemon says of one bot.
type (
	doneMsg struct {
		action action
		bot    string
		err    error
	}
	shownMsg struct {
		bot api.Bot
		err error
	}
)

func (d doneMsg) String() string {
	if d.err == nil {
		return d.action.word + " " + d.bot + ": done"
	}
	text := fmt.Sprintf("%s %s: %v", d.action.word, d.bot, d.err)
	if told := new(problem.Problem); errors.As(d.err, &told) && told.Hint != "" {
		text += "; " + told.Hint
	}
	return text
}

func (m *model) perform(action action, bot string) tea.Cmd {
	client := m.client
	return func() tea.Msg { return doneMsg{action: action, bot: bot, err: client.order(bot, action.name)} }
}

func (m *model) fetch(bot string) tea.Cmd {
	client := m.client
	return func() tea.Msg {
		shown, err := client.show(bot)
		return shownMsg{bot: shown, err: err}
	}
}
