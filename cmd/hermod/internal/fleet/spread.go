package fleet

import (
	"math/rand/v2"
	"time"

	"hermod/cmd/hermod/internal/config"
)

// spread gives the bots that one Apply adds their turns to start: evenly over a time, in random order, so that a
// connector, and what stands before it, does not get thousands of dials at once.
type spread struct {
	step  time.Duration // between two bots
	turns []int
}

func (f *fleetActor) newSpread(cfg *config.Config) *spread {
	added := 0
	for _, bot := range cfg.Bots {
		if f.members[bot.Name] == nil && bot.Enabled {
			added++
		}
	}
	return &spread{step: cfg.Start.Spread.Duration / time.Duration(max(1, added)), turns: rand.Perm(added)}
}

// delay is how long the next bot waits.
func (s *spread) delay(bot *config.Bot) time.Duration {
	if !bot.Enabled {
		return 0
	}
	turn := s.turns[0]
	s.turns = s.turns[1:]
	return s.step * time.Duration(turn)
}

// postpone has a new bot wait for its turn, unless somebody wants it to dial at once.
func (b *botActor) postpone(delay time.Duration) {
	s := b.entering(Starting)
	s.NextDial = time.Now().Add(delay)
	b.publish(s)
	b.after(delay, &restartDue{turn: b.turn})
}
