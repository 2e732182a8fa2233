package placement

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// Member is a node of the cluster.
type Member struct {
	Name string
	// Capacity is how much the node can carry beside others; 0 is that of a node which does not say, see Cluster.
	Capacity int
	// Draining: the node is to give up what it has and takes nothing.
	Draining bool
	// Lacks are bots that the node cannot run, because it has no secret for them.
	Lacks map[string]bool
}

// takes says whether the node may be given a bot.
func (m *Member) takes(bot string) bool { return !m.Draining && !m.Lacks[bot] }

// Cluster is what a plan is made of. It is not changed.
type Cluster struct {
	// Members differ in name. If one has no Capacity, all are taken for equal, and the bots too: its program does not
	// know of either, and two ways of planning would work against each other.
	Members []Member
	// Bots are those that are to run.
	Bots []string
	// Owners says who runs which bot now; an owner that is no member counts as none.
	Owners map[string]string
	// Weights are those of the bots that weigh more than 1.
	Weights map[string]int
}

// calm is the part of the traffic that a difference between two nodes must exceed before a bot moves: one over this.
const calm = 10

// Plan says for each bot which member is to run it; a bot that nobody can run is not in it. Every bot stays where it is
// unless the one who takes it has less then than the other had, by a tenth of what the traffic weighs on average.
// Without traffic all bots weigh the same, and shares differ by one at most.
func Plan(c Cluster) map[string]string {
	p := newPlan(c)
	var homeless []string
	for _, bot := range slices.Sorted(slices.Values(c.Bots)) {
		if s := p.seatOf(c.Owners[bot]); s != nil && s.member.takes(bot) {
			p.put(bot, s)
		} else {
			homeless = append(homeless, bot)
		}
	}
	p.house(homeless)
	p.level()
	return p.targets
}

type plan struct {
	seats   []*seat // by name
	open    []*seat // those that take something
	weights map[string]int
	targets map[string]string

	capacity, extra int64 // of all open seats, and what their bots weigh beyond 1
}

// seat is a member with what it is to run.
type seat struct {
	member   *Member
	capacity int64
	load     int64
	bots     []string // in the order in which they were given
}

func newPlan(c Cluster) *plan {
	p := &plan{targets: make(map[string]string, len(c.Bots)), weights: c.Weights}
	equal := slices.ContainsFunc(c.Members, func(m Member) bool { return m.Capacity <= 0 })
	if equal {
		p.weights = nil
	}
	for i := range c.Members {
		s := &seat{member: &c.Members[i], capacity: int64(c.Members[i].Capacity)}
		if equal {
			s.capacity = 1
		}
		p.seats = append(p.seats, s)
	}
	slices.SortFunc(p.seats, func(a, b *seat) int { return cmp.Compare(a.member.Name, b.member.Name) })
	for _, s := range p.seats {
		if !s.member.Draining {
			p.open = append(p.open, s)
			p.capacity += s.capacity
		}
	}
	return p
}

func (p *plan) weightOf(bot string) int64 { return int64(max(p.weights[bot], 1)) }

func (p *plan) put(bot string, s *seat) {
	w := p.weightOf(bot)
	s.bots = append(s.bots, bot)
	s.load += w
	p.extra += w - 1
	p.targets[bot] = s.member.Name
}

func (p *plan) seatOf(node string) *seat {
	at, found := slices.BinarySearchFunc(p.seats, node, func(s *seat, name string) int {
		return cmp.Compare(s.member.Name, name)
	})
	if !found {
		return nil
	}
	return p.seats[at]
}

// fuller compares what two seats would have with so much more, in proportion to what they can carry.
func fuller(a *seat, moreA int64, b *seat, moreB int64) int {
	return cmp.Compare((a.load+moreA)*b.capacity, (b.load+moreB)*a.capacity)
}

// emptiest is the member that takes the bot and has the least with it, nil if none takes it. Of equals the bot's own
// hash picks one.
func (p *plan) emptiest(bot string) (best *seat) {
	w := p.weightOf(bot)
	var rank uint64
	for _, s := range p.open {
		if !s.member.takes(bot) {
			continue
		}
		r, order := rankOf(s.member.Name, bot), -1
		if best != nil {
			order = fuller(s, w, best, w)
		}
		if order < 0 || order == 0 && r > rank {
			best, rank = s, r
		}
	}
	return best
}

func rankOf(node, bot string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(node))
	_, _ = h.Write([]byte{0})
	_, _ = h.Write([]byte(bot))
	return h.Sum64()
}
