package api

import (
	"context"
	"maps"
	"net/http"
	"sync"

	json "github.com/goccy/go-json"

	"hermod/cmd/hermod/internal/access"
)

// Node is a node of the cluster as clients see it.
type Node struct {
	Name    string `json:"name"`
	Address string `json:"address"`
	Version string `json:"version"`
	// State is member, draining, or silent: it did not answer.
	State NodeState `json:"state"`
	// Bots counts those that it has, Lacks those that it cannot run.
	Bots  int `json:"bots"`
	Lacks int `json:"lacks"`
	// States counts its bots by platform state; nil for a silent node.
	States map[string]int `json:"states,omitempty"`
}

// NodeState is how a node is.
type NodeState string

// The states of a node.
const (
	NodeMember   NodeState = "member"
	NodeDraining NodeState = "draining"
	NodeSilent   NodeState = "silent"
)

func (a *api) daemon(w http.ResponseWriter, r *http.Request) error {
	caller := access.CallerOf(r)
	own := a.daemonFor(caller)
	if m, everywhere := a.everywhere(caller); everywhere {
		own = a.daemonOf(m, own, a.askDaemons(r.Context(), m, caller), caller)
	}
	return answer(w, http.StatusOK, own)
}

// askDaemons asks the other nodes how they are, all at once; one that does not say so in time is not in the answer.
func (a *api) askDaemons(ctx context.Context, m *Map, c *access.Caller) map[string]*Daemon {
	ctx, cancel := context.WithTimeout(ctx, nodePatience)
	defer cancel()
	var all sync.WaitGroup
	var mu sync.Mutex
	told := make(map[string]*Daemon)
	for _, member := range m.Members {
		if member.Name == a.Cluster.Self() {
			continue
		}
		all.Go(func() {
			text, err := answered(a.Cluster.Ask(ctx, member.Name, "/v1/daemon", c))
			d := new(Daemon)
			if err != nil || json.Unmarshal(text, d) != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			told[member.Name] = d
		})
	}
	all.Wait()
	return told
}

// daemonOf is this node's daemon with the counts of the whole cluster, as the client may know them; told is what the
// other nodes said: nil for one that may still say something.
func (a *api) daemonOf(m *Map, own Daemon, told map[string]*Daemon, c *access.Caller) Daemon {
	claims, absent := countBots(m, c)
	all := make(map[string]int)
	own.Node, own.Nodes = a.Cluster.Self(), make([]Node, 0, len(m.Members))
	for _, member := range m.Members {
		n := Node{Name: member.Name, Address: member.Address, Version: member.Version, State: NodeMember,
			Bots: claims[member.Name], Lacks: member.Lacks}
		if member.Drains {
			n.State = NodeDraining
		}
		of, answers := told[member.Name]
		switch {
		case member.Name == own.Node:
			n.States = own.Bots
		case !answers:
			n.State = NodeSilent
			all[platformStates[unknown]] += n.Bots
		case of != nil:
			n.States = of.Bots
		}
		for state, count := range n.States {
			all[state] += count
		}
		own.Nodes = append(own.Nodes, n)
	}
	for state, count := range absent {
		all[state] += count
	}
	maps.DeleteFunc(all, func(_ string, count int) bool { return count == 0 })
	own.Bots = all
	return own
}

// countBots counts the bots that a client sees: those of each node, and by platform state those that no node has.
func countBots(m *Map, c *access.Caller) (claims, absent map[string]int) {
	claims, absent = make(map[string]int), make(map[string]int)
	for name, p := range m.Places {
		switch {
		case !c.Sees(name):
		case p.Node != "":
			claims[p.Node]++
		default:
			absent[platformStates[stateOf(p, false)]]++
		}
	}
	return claims, absent
}
