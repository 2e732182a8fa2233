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

// generator draws a schedule.
type generator struct {
	*rand.Rand
	length int
	steps  []Step
}

// Generate returns the schedule of a seed.
func Generate(seed uint64) Schedule {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 0x6c6162))}
	g.length = minLength + g.IntN(maxLength-minLength)
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
	return Schedule{seed, g.steps}
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
	bot := pick(g, Bots)
	chat := fmt.Sprintf("%s%d", bot, len(g.steps))
	for n, at := range g.moments(1 + g.IntN(10)) {
		text, _ := json.Marshal(g.order(bot))
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
		if bot == "e" || bot == "w" || bot == "b" {
			o.Fail = role.Always
		}
	}
	if bot == "w" && o.Fail > 0 { // a webhook is tried again after a second, which is long here
		o.Fail = 1
	}
	return o
}

// forwards adds requests that the platform forwards to a bot.
func (g *generator) forwards() {
	bot := pick(g, Bots)
	for n, at := range g.moments(1 + g.IntN(4)) {
		g.add(Step{At: at, Do: Forward, On: bot, ID: fmt.Sprintf("%sf%d-%d", bot, len(g.steps)-n, n)})
	}
}

// ask adds a request; half of them are made by gateways, half over the daemon's API.
func (g *generator) ask() {
	bot := pick(g, []string{"e", "e", "b", "b", "w", "s", "p"})
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

// drawn is what a fault is drawn from: what finds most is there more often.
var drawn = append([]Do{Kill, Kill, Kill, Power, Swallow, Disable, Reset, Cut}, Faults...)

// fault adds a fault of a kind that is drawn, on what suits it.
func (g *generator) fault() {
	s := Step{At: g.IntN(g.length), Do: pick(g, drawn)}
	switch s.Do {
	case Reset, Swallow, Stall, Refuse, SlowStart, Partition:
		s.On = pick(g, Links)
	case Cut:
		s.On, s.N = pick(g, Links), 1+g.IntN(900)
	case Limit:
		s.On, s.N = pick(g, Links), 100+g.IntN(3000)
	case Latency:
		s.On, s.N = pick(g, Links), 5+g.IntN(150)
	case Bandwidth:
		s.On, s.N = pick(g, Links), 1+g.IntN(20)
	case CloseDies, Close:
		s.On, s.N = pick(g, Bots), pick(g, []int{1000, 1001, 1011, 1012, 1013, 4000, 4401})
		if s.N == 4401 && s.Do == Close { // a refused credential is an operator's business afterwards
			s.N = 1011
		}
	case Kill, Freeze:
		s.On = pick(g, Processes)
	case Tear:
		s.On = pick(g, Bots)
	case Disable, Reconnect:
		s.On = pick(g, Bots[1:])
	case Reload:
		s.On = "w"
	case DiskFull, DiskSlow, Power:
		s.On = pick(g, Disks)
	case Loss:
		s.On, s.N = "world", 5+g.IntN(30)
	}
	switch s.Do {
	case Stall, Refuse, Latency, Bandwidth, SlowStart, Limit, CloseDies, Freeze, DiskFull, DiskSlow, Loss, Partition:
		s.For = 50 + g.IntN(550)
	}
	if s.Do == CloseDies {
		s.N = pick(g, []int{1001, 1011, 4000})
	}
	g.add(s)
	if s.Do == Disable && g.IntN(2) == 0 { // what survives shows when its process dies
		g.add(Step{At: s.At + 20 + g.IntN(200), Do: pick(g, []Do{Kill, Power}), On: "daemon"})
	}
}
