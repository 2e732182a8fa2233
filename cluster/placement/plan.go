package placement

import (
	"cmp"
	"hash/fnv"
	"slices"
)

// Member is a node of the cluster.
type Member struct {
	Name string
	// Draining: the node is to give up what it has and takes nothing.
	Draining bool
	// Lacks are bots that the node cannot run, because it has no secret for them.
	Lacks map[string]bool
}

// takes says whether the node may be given a bot.
func (m *Member) takes(bot string) bool { return !m.Draining && !m.Lacks[bot] }

// Plan says for each bot which member is to run it; a bot that nobody can run is not in it. owners says who runs which
// bot now; an owner that is no member counts as none. Bots weigh the same. Members get shares that differ by one at
// most, as far as what they lack allows.
func Plan(members []Member, bots []string, owners map[string]string) map[string]string {
	p := &plan{targets: make(map[string]string, len(bots))}
	for i := range members {
		m := &members[i]
		p.seats = append(p.seats, &seat{member: m, bots: make([]string, 0, len(bots)/len(members)+1)})
	}
	slices.SortFunc(p.seats, func(a, b *seat) int { return cmp.Compare(a.member.Name, b.member.Name) })
	bots = slices.Sorted(slices.Values(bots))
	var homeless []string
	for _, bot := range bots {
		if s := p.seatOf(owners[bot]); s != nil && s.member.takes(bot) {
			p.put(bot, s)
		} else {
			homeless = append(homeless, bot)
		}
	}
	for _, bot := range homeless {
		if s := p.emptiest(bot); s != nil {
			p.put(bot, s)
		}
	}
	p.level()
	return p.targets
}

type plan struct {
	seats   []*seat // by name
	targets map[string]string
}

// seat is a member with what it is to run, in the order in which it was given.
type seat struct {
	member *Member
	bots   []string
}

func (p *plan) put(bot string, s *seat) {
	s.bots = append(s.bots, bot)
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

// emptiest is the member with the fewest bots that takes this one, nil if none does. Of equals the bot's own hash picks
// one, so that bots which nobody has do not all go to the first.
func (p *plan) emptiest(bot string) (best *seat) {
	var rank uint64
	for _, s := range p.seats {
		if !s.member.takes(bot) {
			continue
		}
		r := rankOf(s.member.Name, bot)
		if best == nil || len(s.bots) < len(best.bots) || len(s.bots) == len(best.bots) && r > rank {
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

// level moves bots from the fullest members to the emptiest until no move makes the shares more equal.
func (p *plan) level() {
	givers := slices.Clone(p.seats)
	for {
		slices.SortStableFunc(givers, func(a, b *seat) int { return cmp.Compare(len(b.bots), len(a.bots)) })
		if !slices.ContainsFunc(givers, p.relieve) {
			return
		}
	}
}

// relieve moves one bot, if another member that takes it has at least two fewer.
func (p *plan) relieve(giver *seat) bool {
	for i := len(giver.bots) - 1; i >= 0; i-- {
		bot := giver.bots[i]
		if s := p.emptiest(bot); s != nil && len(giver.bots)-len(s.bots) >= 2 {
			giver.bots = slices.Delete(giver.bots, i, i+1)
			p.put(bot, s)
			return true
		}
	}
	return false
}
