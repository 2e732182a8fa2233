package registry

import (
	"maps"
	"strings"

	json "github.com/goccy/go-json"
	"go.etcd.io/etcd/api/v3/mvccpb"
)

// View is what the store held at a revision. It is never changed.
type View struct {
	Revision int64
	// BotsRevision rises with each change of Bots that a watch sees.
	BotsRevision int64
	Members      map[string]Member // by node
	Claims       map[string]Claim  // by bot
	Bots         map[string]Bot    // by name
	Disabled     map[string]bool   // bots
	Drain        map[string]bool   // nodes
	Loads        map[string]Loads  // by node
	Left         map[string]bool   // nodes whose next process is awaited
}

// Claim is who runs a bot.
type Claim struct {
	Node         string
	Lease, Epoch int64
}

// Bot is what a bot is to be, as JSON; Revision is that of its last change.
type Bot struct {
	Revision int64
	JSON     string
}

// Loads are what bots weigh as a node measured it, those that weigh 1 left out.
type Loads struct {
	// Covers is the highest epoch of which it holds that all bots which the node has up to it were measured there.
	Covers  int64          `json:"covers"`
	Weights map[string]int `json:"weights"`
	// Revision is that of the last change.
	Revision int64 `json:"-"`
}

// Weights are those of the bots that weigh more than 1. What a bot's owner has measured counts; before it has, what was
// said last.
func (v *View) Weights() map[string]int {
	weights, said := make(map[string]int), make(map[string]int64)
	for _, l := range v.Loads {
		for bot, weight := range l.Weights {
			if l.Revision > said[bot] {
				said[bot], weights[bot] = l.Revision, weight
			}
		}
	}
	for bot := range weights {
		if node, is := v.Measures(bot); is {
			weights[bot] = v.Loads[node].Weights[bot]
		}
		if weights[bot] <= 1 {
			delete(weights, bot)
		}
	}
	return weights
}

// Measures is the node that has a bot and has said what it weighs there; false when there is none.
func (v *View) Measures(bot string) (node string, is bool) {
	claim, claimed := v.Claims[bot]
	return claim.Node, claimed && v.Loads[claim.Node].Covers >= claim.Epoch
}

// Owner is the member that holds the claim of a bot; false when none does.
func (v *View) Owner(bot string) (node string, m Member, epoch int64, ok bool) {
	claim, claimed := v.Claims[bot]
	if !claimed {
		return "", Member{}, 0, false
	}
	m, ok = v.Members[claim.Node]
	return claim.Node, m, claim.Epoch, ok && m.Lease == claim.Lease && !v.Left[claim.Node]
}

func newView() *View {
	return &View{Members: make(map[string]Member), Claims: make(map[string]Claim), Bots: make(map[string]Bot),
		Disabled: make(map[string]bool), Drain: make(map[string]bool), Loads: make(map[string]Loads),
		Left: make(map[string]bool)}
}

func (v *View) clone() *View {
	c := *v
	c.Members, c.Claims, c.Bots = maps.Clone(v.Members), maps.Clone(v.Claims), maps.Clone(v.Bots)
	c.Disabled, c.Drain, c.Loads = maps.Clone(v.Disabled), maps.Clone(v.Drain), maps.Clone(v.Loads)
	c.Left = maps.Clone(v.Left)
	return &c
}

// put takes a key over; path is what stands behind the cluster's prefix. A member that cannot be read is none.
func (v *View) put(path string, kv *mvccpb.KeyValue) {
	kind, name, _ := strings.Cut(path, "/")
	switch kind {
	case members:
		var m Member
		if json.Unmarshal(kv.Value, &m) != nil {
			delete(v.Members, name)
			return
		}
		m.Lease = kv.Lease
		v.Members[name] = m
	case claims:
		v.Claims[name] = Claim{Node: string(kv.Value), Lease: kv.Lease, Epoch: kv.CreateRevision}
	case bots:
		v.Bots[name] = Bot{Revision: kv.ModRevision, JSON: string(kv.Value)}
		v.BotsRevision = max(v.BotsRevision, kv.ModRevision)
	case disabled:
		v.Disabled[name] = true
	case drain:
		v.Drain[name] = true
	case loads:
		var l Loads
		_ = json.Unmarshal(kv.Value, &l) // what cannot be read says nothing
		l.Revision = kv.ModRevision
		v.Loads[name] = l
	case left:
		v.Left[name] = true
	}
}

func (v *View) remove(path string, kv *mvccpb.KeyValue) {
	kind, name, _ := strings.Cut(path, "/")
	switch kind {
	case members:
		delete(v.Members, name)
	case claims:
		delete(v.Claims, name)
	case bots:
		delete(v.Bots, name)
		v.BotsRevision = max(v.BotsRevision, kv.ModRevision)
	case disabled:
		delete(v.Disabled, name)
	case drain:
		delete(v.Drain, name)
	case loads:
		delete(v.Loads, name)
	case left:
		delete(v.Left, name)
	}
}
