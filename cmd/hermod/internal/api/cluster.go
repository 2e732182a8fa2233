package api

import (
	"context"
	"io"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/config"
)

// Cluster is the cluster that the daemon is a node of. Its methods may be called from any goroutine.
type Cluster interface {
	// Self names the daemon's node.
	Self() string
	// Map is where the bots are, as far as this node has heard; nil before it has. It is never changed.
	Map() *Map
	// Epoch is the number of the claim by which this node runs a bot, 0 when it does not.
	Epoch(bot string) int64
	// Describe says what a bot is to be, whoever runs it.
	Describe(bot string) (identities []config.Identity, deliver string)
	// Ask gets a path of this API from another node, which shows what the client sees of its own bots and no others. The
	// node begins to answer within two seconds, or the error says why not; a *problem.Problem is the node's. The body
	// comes no faster than it is read, until ctx ends or it is closed.
	Ask(ctx context.Context, node, path string, client *access.Caller) (body io.ReadCloser, err error)
	// SetDisabled has a bot run nowhere until an operator enables it, or ends that. When it returns nil the cluster's
	// store knows, and so will every node, whatever becomes of this one.
	SetDisabled(ctx context.Context, bot string, off bool) error
}

// Map is what the nodes have agreed on.
type Map struct {
	// Names are those of all bots, sorted.
	Names []string
	// Places are where they are.
	Places map[string]Place
	// Members are the nodes, by name.
	Members []Member
}

// Place is where a bot is.
type Place struct {
	// Node runs the bot, by a claim of that Epoch; "" when none does.
	Node  string
	Epoch int64
	// Disabled says that an operator had it run nowhere.
	Disabled bool
}

// Member is a node as it tells of itself.
type Member struct {
	Name, Address, Version string
	// Lacks counts the bots that it cannot run; Drains says that it gives up what it has.
	Lacks  int
	Drains bool
}

// everywhere says that a client is shown the bots of every node: one that another node asks for is not.
func (a *api) everywhere(c *access.Caller) (*Map, bool) {
	if a.Cluster == nil || c.IsPeer() {
		return nil, false
	}
	m := a.Cluster.Map()
	return m, m != nil
}
