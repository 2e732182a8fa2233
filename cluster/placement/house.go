package placement

import (
	"cmp"
	"slices"
)

// house gives bots that nobody runs to members: up to the level to which all of them fill the emptiest, as water would,
// the first member in the order of names that has room for a bot is given it. So a plan of which a part was carried out
// is followed by the same plan: what a member was given and has taken leaves it as much room as before for the rest. To
// give each bot to the emptiest instead would give it to another member as soon as one was quicker than the others.
func (p *plan) house(homeless []string) {
	var all int64
	order := make(map[string]uint64, len(homeless))
	for _, bot := range homeless {
		all += p.weightOf(bot)
		order[bot] = rankOf("", bot)
	}
	slices.SortFunc(homeless, func(a, b string) int { // the heaviest first; neighbours by name go to different members
		return cmp.Or(cmp.Compare(p.weightOf(b), p.weightOf(a)), cmp.Compare(order[a], order[b]), cmp.Compare(a, b))
	})
	level := p.levelFor(all)
	for _, bot := range homeless {
		w := p.weightOf(bot)
		s := p.emptiest(bot)
		for _, first := range p.open {
			if first.member.takes(bot) && fuller(first, w, &level, 0) <= 0 {
				s = first
				break
			}
		}
		if s != nil {
			p.put(bot, s)
		}
	}
}

// levelFor is a seat as full as the emptiest members are together, once they have so much more.
func (p *plan) levelFor(more int64) (level seat) {
	byFullness := slices.Clone(p.open)
	slices.SortStableFunc(byFullness, func(a, b *seat) int { return fuller(a, 0, b, 0) })
	level = seat{load: more}
	for _, s := range byFullness {
		if level.capacity > 0 && fuller(s, 0, &level, 0) >= 0 {
			break
		}
		level.load += s.load
		level.capacity += s.capacity
	}
	return level
}
