package cluster

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"hermod/cluster/ownership"
	"hermod/cluster/placement"
)

// pacing is nodes that share bots by the rules and plans of a cluster, with a store that answers at once, in virtual
// time.
type pacing struct {
	now      time.Duration
	revision int64
	nodes    map[string]*ownership.Node
	leases   map[string]int64
	owners   map[string]ownership.Owner
	bots     []string
	moves    []time.Duration // when bots were given up
}

func (p *pacing) join(name string) {
	for _, other := range p.nodes {
		other.Joined(p.now)
	}
	p.nodes[name] = ownership.New((&Config{Lease: DefaultLease, MovePause: time.Second}).timing())
}

// stepTime is how often nodes look around.
const stepTime = 250 * time.Millisecond

// step lets that time pass.
func (p *pacing) step() {
	p.now += stepTime
	c := placement.Cluster{Bots: p.bots, Owners: make(map[string]string)}
	for _, name := range slices.Sorted(maps.Keys(p.nodes)) {
		if p.leases[name] != 0 {
			c.Members = append(c.Members, placement.Member{Name: name, Capacity: 2})
		}
		for bot, o := range p.owners {
			if o.Lease == p.leases[name] {
				c.Owners[bot] = name
			}
		}
	}
	targets := placement.Plan(c)
	for _, name := range slices.Sorted(maps.Keys(p.nodes)) {
		v := ownership.View{Revision: p.revision, Owners: maps.Clone(p.owners), Targets: make(map[string]bool)}
		for bot, node := range targets {
			v.Targets[bot] = v.Targets[bot] || node == name
		}
		maps.DeleteFunc(v.Targets, func(_ string, here bool) bool { return !here })
		p.nodes[name].Tick(p.now)
		p.nodes[name].Look(p.now, v)
		p.obey(name)
	}
}

func (p *pacing) obey(name string) {
	n := p.nodes[name]
	for _, c := range n.Commands() {
		p.revision++
		switch c := c.(type) {
		case ownership.AskLease:
			p.leases[name] = p.revision
			n.Granted(p.now, p.now, p.revision)
		case ownership.Renew:
			n.Renewed(p.now, c.Lease)
		case ownership.Claim:
			if _, taken := p.owners[c.Bot]; taken {
				n.NotClaimed(c.Bot, c.Lease)
				continue
			}
			p.owners[c.Bot] = ownership.Owner{Lease: c.Lease, Epoch: p.revision}
			n.Claimed(p.now, c.Bot, c.Lease, p.revision)
		case ownership.Stop:
			p.moves = append(p.moves, p.now)
			n.Stopped(c.Bot, c.Epoch)
		case ownership.Release:
			delete(p.owners, c.Bot)
			n.Released(p.now, c.Bot, c.Epoch, p.revision)
		}
	}
}

func (p *pacing) shares() map[string]int {
	shares := make(map[string]int)
	for name, lease := range p.leases {
		for _, o := range p.owners {
			if o.Lease == lease {
				shares[name]++
			}
		}
	}
	return shares
}

// run lets time pass until the bots are shared so.
func (p *pacing) run(t *testing.T, shares map[string]int) {
	t.Helper()
	for range 10 * time.Minute / stepTime {
		if p.step(); maps.Equal(p.shares(), shares) {
			return
		}
	}
	t.Fatalf("after ten minutes the bots are shared as %v, not %v", p.shares(), shares)
}

func TestANodeThatJoinsTakesItsShareOneBotEachPauseAndGiver(t *testing.T) {
	p := &pacing{now: time.Minute, revision: 100, nodes: make(map[string]*ownership.Node), leases: make(map[string]int64),
		owners: make(map[string]ownership.Owner)}
	for i := range 300 {
		p.bots = append(p.bots, fmt.Sprintf("bot-%03d", i))
	}
	p.join("a")
	p.join("b")
	p.run(t, map[string]int{"a": 150, "b": 150})
	if len(p.moves) > 0 {
		t.Errorf("%d bots moved before there was anybody to take them", len(p.moves))
	}
	begun := p.now
	p.join("c")
	p.run(t, map[string]int{"a": 100, "b": 100, "c": 100})
	took := p.now - begun
	for range 10 * time.Second / stepTime { // it stays so
		p.step()
	}
	most := 0
	for i, from := range p.moves {
		within, _ := slices.BinarySearch(p.moves, from+time.Second)
		most = max(most, within-i)
	}
	t.Logf("%d bots moved in %v, at most %d in any second", len(p.moves), took, most)
	if len(p.moves) != 100 {
		t.Errorf("%d bots moved, want each once", len(p.moves))
	}
	if most != 2 {
		t.Errorf("%d bots moved within a second, want one of each giver", most)
	}
	if took < 49*time.Second || took > 55*time.Second {
		t.Errorf("it took %v, want a second for each of the 50 bots of a giver", took)
	}
}
