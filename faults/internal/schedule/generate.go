package schedule

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"

	"hermod/faults/internal/role"
)

// length of a schedule's traffic, in milliseconds.
const minLength, maxLength = 400, 900

// generator draws a schedule for a scene.
type generator struct {
	*rand.Rand
	scene
	length int
	steps  []Step
}

// scene is what there is.
type scene struct {
	bots, askers, steered, revoked, links, processes, clocks, disks []string
	faults                                                          []Do
	slower                                                          int // by which factor it goes
}

// single is a daemon with all ways of delivery. What finds most is drawn more often.
var single = scene{bots: Bots, askers: []string{"e", "e", "b", "b", "w", "s", "p"}, steered: Bots[1:],
	revoked: []string{"w", "s", "p"}, // a gateway that learns of it ends
	links:   Links, processes: Processes, clocks: Clocks, disks: Disks,
	slower: 1,
	faults: append([]Do{Kill, Kill, Kill, Power, Swallow, Disable, Reset, Cut, Clock, Clock, Late}, Faults...)}

// clustered is three nodes, whose bots move.
var clustered = scene{bots: ClusterBots, askers: ClusterBots, steered: ClusterBots[1:],
	revoked: ClusterBots[1:], links: ClusterLinks, processes: ClusterProcesses,
	clocks: ClusterClocks, disks: []string{"connector"}, slower: 4,
	faults: []Do{Kill, Kill, Freeze, Freeze, Reset, Cut, Swallow, Stall, Refuse, Refuse, Latency, Close, Tear, Disable,
		Reconnect, Power, Loss, Partition, Partition, Clock, Clock, Late}}

// Generate returns the schedule of a seed for a daemon; that of an odd one is tight.
func Generate(seed uint64) Schedule {
	s := generate(seed, single)
	s.Tight = seed%2 == 1
	return s
}

// GenerateCluster returns the schedule of a seed for a cluster.
func GenerateCluster(seed uint64) Schedule {
	s := generate(seed, clustered)
	s.Cluster = true
	return s
}

func generate(seed uint64, in scene) Schedule {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x6c6162)), scene: in}
	g.length = in.slower * (minLength + g.IntN(maxLength-minLength))
	for range 2 + g.IntN(5) {
		g.chat()
	}
	for range 4 + g.IntN(16) {
		g.ask()
	}
	if g.IntN(3) == 0 {
		g.forwards()
	}
	for range 1 + g.IntN(4) {
		g.fault()
	}
	slices.SortStableFunc(g.steps, func(a, b Step) int { return cmp.Compare(a.At, b.At) })
	return Schedule{Seed: seed, Steps: g.steps}
}

func pick[T any](g *generator, all []T) T { return all[g.IntN(len(all))] }

func (g *generator) add(s Step) { g.steps = append(g.steps, s) }

// moments are so many, in order.
func (g *generator) moments(n int) []int {
	at := make([]int, n)
	for i := range at {
		at[i] = g.IntN(g.length)
	}
	slices.Sort(at)
	return at
}

// chat adds the events of a chat; those of a burst come at once.
func (g *generator) chat() {
	bot := pick(g, g.bots)
	chat := fmt.Sprintf("%s%d", bot, len(g.steps))
	moments := g.moments(1 + g.IntN(10))
	if g.IntN(10) == 0 { // more than a connector's window has
		moments = slices.Repeat(moments[:1], 70)
	}
	for n, at := range moments {
		order := role.Order{}
		if len(moments) <= 10 {
			order = g.order(bot)
		}
		text, _ := json.Marshal(order)
		g.add(Step{At: at, Do: Event, On: bot, Chat: chat, ID: fmt.Sprintf("%s-%d", chat, n), Text: string(text)})
	}
}

func (g *generator) order(bot string) role.Order {
	var o role.Order
	switch g.IntN(16) {
	case 0, 1:
		o.Fail = 1 + g.IntN(2)
		o.Panic = g.IntN(2) == 0
	case 2, 3:
		o.Slow = 10 + g.IntN(150)
	case 4:
		if bot[0] == 'e' || bot[0] == 'w' || bot[0] == 'b' {
			o.Fail = role.Always
		}
	}
	if bot[0] == 'w' && o.Fail > 0 { // a webhook is tried again after a second, which is long here
		o.Fail = 1
	}
	return o
}

// forwards adds requests that the platform forwards to a bot.
func (g *generator) forwards() {
	bot := pick(g, g.bots)
	for n, at := range g.moments(1 + g.IntN(4)) {
		g.add(Step{At: at, Do: Forward, On: bot, ID: fmt.Sprintf("%sf%d-%d", bot, len(g.steps)-n, n)})
	}
}

// ask adds a request; half of them are made by gateways, half over the daemon's API.
func (g *generator) ask() {
	bot := pick(g, g.askers)
	id := fmt.Sprintf("%sq%d", bot, len(g.steps))
	c := role.Command{ID: id, Before: g.IntN(8), After: g.IntN(8)}
	switch g.IntN(16) {
	case 0:
		c.Mute = true
	case 1, 2, 3:
		c.Before, c.After = g.IntN(60), g.IntN(60)
	}
	text, _ := json.Marshal(c)
	g.add(Step{At: g.IntN(g.length), Do: Ask, On: bot, ID: id, Text: string(text)})
}

// fault adds a fault of a kind that is drawn, on what suits it.
func (g *generator) fault() {
	s := Step{At: g.IntN(g.length), Do: pick(g, g.faults)}
	switch s.Do {
	case Reset, Swallow, Stall, Late, Refuse, SlowStart, Partition:
		s.On = pick(g, g.links)
	case Cut:
		s.On, s.N = pick(g, g.links), 1+g.IntN(900)
	case Limit:
		s.On, s.N = pick(g, g.links), 100+g.IntN(3000)
	case Latency:
		s.On, s.N = pick(g, g.links), 5+g.IntN(150)
	case Bandwidth:
		s.On, s.N = pick(g, g.links), 1+g.IntN(20)
	case CloseDies, Close:
		s.On, s.N = pick(g, g.bots), pick(g, []int{1000, 1001, 1011, 1012, 1013, 4000, 4401})
		if s.N == 4401 && s.Do == Close { // a refused credential is an operator's business afterwards
			s.N = 1011
		}
	case Kill, Freeze:
		s.On = pick(g, g.processes)
	case Clock:
		s.On, s.N = pick(g, g.clocks), g.jump()
		if s.On == "daemon" && g.IntN(2) == 0 { // which keeps most
			s.N = 6 * keptFor
		}
	case Tear:
		s.On = pick(g, g.bots)
	case Disable, Reconnect, Sleep:
		s.On = pick(g, g.steered)
	case Revoke:
		s.On = pick(g, g.revoked)
	case Reload:
		s.On = "w"
	case DiskFull, DiskSlow, Power:
		s.On = pick(g, g.disks)
	case Loss:
		s.On, s.N = "world", 5+g.IntN(30)
	}
	switch s.Do {
	case Stall, Refuse, Latency, Bandwidth, SlowStart, Limit, CloseDies, Revoke, Freeze, Clock, DiskFull, DiskSlow,
		Loss, Partition:
		s.For = g.slower * (50 + g.IntN(550))
	case Late: // longer than it takes to miss a pong and to dial again
		s.For = 900 + g.IntN(1500)
	}
	if s.Do == CloseDies {
		s.N = pick(g, []int{1001, 1011, 4000})
	}
	if s.Do == Clock && s.On == "daemon" && s.N > keptFor {
		g.outdate(&s)
	}
	g.add(s)
	if s.Do == Power && g.IntN(2) == 0 { // it takes most while something waits
		waiting := "b-d"
		if s.On == "connector" {
			waiting = pick(g, []string{"e-c", "d-c"})
		}
		g.add(Step{At: max(0, s.At-300), For: 300 + g.IntN(200), Do: Refuse, On: waiting})
	}
	outlives := s.Do == Disable && g.slower == 1 || s.Do == Clock && s.On == "daemon"
	if outlives && g.IntN(2) == 0 { // what survives shows when its process dies
		g.add(Step{At: s.At + 20 + g.IntN(200), Do: pick(g, []Do{Kill, Power}), On: "daemon"})
	}
}

// keptFor is how long the daemon keeps what failed for good, in seconds.
const keptFor = 7 * 24 * 3600

// refused is how long the daemon posts a webhook in vain until that has failed for good, in milliseconds.
const refused = 1500

// outdate has something fail for good before a jump, and something else while it lasts.
func (g *generator) outdate(s *Step) {
	s.At, s.For = max(s.At, refused+400), max(s.For, 600)
	text, _ := json.Marshal(role.Order{Fail: role.Always})
	for _, at := range []int{s.At - refused - 400, s.At - refused + 200} {
		chat := fmt.Sprintf("w%d", len(g.steps))
		g.add(Step{At: at, Do: Event, On: "w", Chat: chat, ID: chat + "-0", Text: string(text)})
	}
}

// jumps are by what clocks jump, in seconds: around the life of a token, and beyond all that is kept for a time, which
// is a day for idempotency keys and a week for dead letters.
var jumps = []int{2, 60, 290, 310, 900, 4000, 25 * 3600, keptFor + 3600, 6 * keptFor}

// jump is one of them, forward or back.
func (g *generator) jump() int { return pick(g, jumps) * pick(g, []int{1, -1}) }
