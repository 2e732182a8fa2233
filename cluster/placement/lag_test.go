package placement_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"hermod/cluster/placement"
)

// lagging is a cluster in which each node sees what there was a few steps ago. In each step a node claims a few of the
// bots that it is to run and gives up one that others are to run, as the rules of package ownership do.
type lagging struct {
	placement.Cluster
	random  *rand.Rand
	past    []map[string]string // owners, the newest last
	sees    map[string]int      // by node, how many steps back
	givesUp map[string]int      // by bot
}

func newLagging(c placement.Cluster, random *rand.Rand) *lagging {
	return &lagging{Cluster: c, random: random, past: []map[string]string{maps.Clone(c.Owners)},
		sees: make(map[string]int), givesUp: make(map[string]int)}
}

// step says whether anything was done.
func (l *lagging) step() (busy bool) {
	now := maps.Clone(l.past[len(l.past)-1])
	for _, m := range l.Members {
		l.sees[m.Name] = max(0, min(l.sees[m.Name]+1, l.random.IntN(4))) // never older than what it saw before
		seen := l.past[max(0, len(l.past)-1-l.sees[m.Name])]
		c := l.Cluster
		c.Owners = seen
		plan := placement.Plan(c)
		claimed := 0
		for _, bot := range slices.Sorted(maps.Keys(plan)) {
			if plan[bot] == m.Name && seen[bot] == "" {
				busy = true
				if now[bot] == "" && claimed < 64 {
					claimed++
					now[bot] = m.Name
				}
			}
		}
		for _, bot := range slices.Sorted(maps.Keys(now)) {
			if seen[bot] == m.Name && now[bot] == m.Name && plan[bot] != m.Name {
				busy = true
				l.givesUp[bot]++
				delete(now, bot)
				break
			}
		}
	}
	l.past = append(l.past, now)
	return busy
}

// settle goes on until nobody has anything to do for a while.
func (l *lagging) settle(t *testing.T, seed uint64) {
	t.Helper()
	for quiet, steps := 0, 0; quiet < 8; steps++ {
		if quiet++; l.step() {
			quiet = 0
		}
		if steps > 5000 {
			t.Fatalf("seed %d: it never comes to rest", seed)
		}
	}
	l.Owners = l.past[len(l.past)-1]
	if why := unrest(l.Cluster, l.Owners); why != "" {
		t.Errorf("seed %d: at rest %s", seed, why)
	}
}

// moved is how many bots were given up, and how often the one that was given up most often was.
func (l *lagging) moved() (bots, most int) {
	for _, n := range l.givesUp {
		bots, most = bots+1, max(most, n)
	}
	return bots, most
}

func TestNodesThatSeeMoreOrLessOfAPlanDoNotWorkAgainstEachOther(t *testing.T) {
	for seed := range uint64(30) {
		random := rand.New(rand.NewPCG(seed, 3))
		c := randomCluster(random, seed%3 == 0)
		c.Bots = botsOf(60)
		if seed%2 == 0 {
			c.Weights = nil
		}
		l := newLagging(c, random)
		l.settle(t, seed)
		few := 2 * len(c.Members)
		if c.Weights != nil { // a heavy bot that comes may have light ones make room
			few = len(c.Bots)
		}
		if bots, most := l.moved(); bots > few || most > 1 {
			t.Errorf("seed %d: starting moved %d bots, one of them %d times", seed, bots, most)
		}

		l = newLagging(l.Cluster, random) // a node joins
		newcomer := placement.Member{Name: fmt.Sprint("n", random.IntN(3), "x"), Capacity: 1 << random.IntN(4)}
		l.Members = append(l.Members, newcomer)
		l.settle(t, seed)
		others := 0
		for bot := range l.givesUp {
			if l.Owners[bot] != newcomer.Name {
				others++
			}
		}
		if _, most := l.moved(); most > 1 || others > few {
			t.Errorf("seed %d: for a join one bot moved %d times, and %d to others than the newcomer", seed, most, others)
		}

		dead := l.Members[0] // and one dies
		l = newLagging(l.Cluster, random)
		l.Members = l.Members[1:]
		for bot, node := range l.past[0] {
			if node == dead.Name {
				delete(l.past[0], bot)
			}
		}
		l.settle(t, seed)
		if bots, most := l.moved(); bots > few || most > 1 {
			t.Errorf("seed %d: a death moved %d bots of the others, one of them %d times", seed, bots, most)
		}
	}
}
