package placement

import (
	"cmp"
	"slices"
)

// level moves bots from the fullest members to the emptiest until no move is worth it. Of a member's bots the heaviest
// that is worth it moves, so that few do.
func (p *plan) level() {
	for _, s := range p.open {
		slices.SortStableFunc(s.bots, func(a, b string) int { return cmp.Compare(p.weightOf(a), p.weightOf(b)) })
	}
	givers := slices.Clone(p.open)
	for {
		slices.SortStableFunc(givers, func(a, b *seat) int { return fuller(b, 0, a, 0) })
		if !slices.ContainsFunc(givers, p.relieve) {
			return
		}
	}
}

// relieve moves one bot, if that is worth it.
func (p *plan) relieve(giver *seat) bool {
	if !slices.ContainsFunc(p.open, func(s *seat) bool { return p.worthIt(giver, s, 1) }) {
		return false // not even the lightest bot could
	}
	for i := len(giver.bots) - 1; i >= 0; i-- {
		bot := giver.bots[i]
		w := p.weightOf(bot)
		s := p.emptiest(bot)
		if s == nil || !p.worthIt(giver, s, w) {
			continue
		}
		giver.bots = slices.Delete(giver.bots, i, i+1)
		giver.load -= w
		s.load += w
		at, _ := slices.BinarySearchFunc(s.bots, w, func(b string, w int64) int { return cmp.Compare(p.weightOf(b), w+1) })
		s.bots = slices.Insert(s.bots, at, bot)
		p.targets[bot] = s.member.Name
		return true
	}
	return false
}

// worthIt says whether a bot of that weight should move: the taker has clearly less then than the giver had, and not
// clearly more than the giver has left, so that nothing has to come back. What is clear is more than the calm part of
// the traffic.
func (p *plan) worthIt(giver, taker *seat, w int64) bool {
	clear := p.extra * giver.capacity * taker.capacity
	then := (taker.load + w) * giver.capacity
	gain, excess := giver.load*taker.capacity-then, then-(giver.load-w)*taker.capacity
	return gain > 0 && gain*calm*p.capacity > clear && excess*calm*p.capacity <= clear
}
