package api

import (
	"hermod/actors"
	"hermod/cmd/hermod/internal/fleet"
)

// States of bots of a cluster of which no node tells.
const (
	// unassigned: no node runs the bot.
	unassigned actors.State = "unassigned"
	// unknown: its node does not answer.
	unknown actors.State = "unknown"
)

// stateOf is the state of a bot of which no node tells. silent says that its node does not answer; one that does has
// just got the bot.
func stateOf(p Place, silent bool) actors.State {
	switch {
	case p.Node != "" && silent:
		return unknown
	case p.Node != "":
		return fleet.Starting
	case p.Disabled:
		return actors.Disabled
	}
	return unassigned
}

// platformStates are the words for dashboards.
var platformStates = map[actors.State]string{unknown: "unknown", fleet.Starting: "retrying", actors.Disabled: "disabled",
	unassigned: "retrying"}

// placed shows a bot of which no node tells.
func placed(c Cluster, name string, p Place, state actors.State) Bot {
	bot := Bot{Name: name, Node: p.Node, Epoch: p.Epoch, State: state, PlatformState: platformStates[state],
		Delivery: DeliveryHealth{State: fleet.Idle}}
	bot.Identities, bot.Deliver = c.Describe(name)
	switch state {
	case unknown:
		bot.Error = "node " + p.Node + " does not answer"
		bot.Hint = "see whether the node runs; if not, its bots go to others when its lease ends"
	case unassigned:
		bot.Error = "no node runs the bot"
		bot.Hint = "it gets a node within seconds, unless all that could run it lack something or drain: 'hermod cluster status' says"
	case actors.Disabled:
		bot.Cause = fleet.ByOperator
	}
	return bot
}
