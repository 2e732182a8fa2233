package ownership_test

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"time"

	"hermod/cluster/ownership"
	"hermod/cluster/placement"
)

// world is a model of a store with leases, and of nodes that reach it by messages which are late, lost, or both. Its
// time is virtual and nothing in it is at the same time. Extend it by an event in schedule, or a trouble in trouble.
type world struct {
	random *rand.Rand
	now    time.Duration
	events events
	order  int

	revision int64
	leases   map[int64]time.Duration // when each ends
	calm     bool                    // nothing is lost or late
	down     bool                    // the store answers nobody, and no lease ends
	owners   map[string]ownership.Owner
	newest   map[string]int64 // epoch of each bot's newest claim
	timing   ownership.Timing
	bots     []string
	starts   map[string]int
	machines []*machine
	broken   []string // promises
}

// machine is a node with what surrounds it: a fence, and bots that run.
type machine struct {
	name   string
	world  *world
	node   *ownership.Node
	life   int // counts its starts
	offset time.Duration
	rate   float64 // of its clock
	paused time.Duration
	cut    time.Duration // it does not reach the store before that
	fence  time.Duration // by its own clock; 0 is closed
	runs   map[string]int64
}

type event struct {
	at    time.Duration
	order int
	do    func()
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }
func (e *events) Push(x any)   { *e = append(*e, x.(event)) }
func (e *events) Pop() any {
	last := (*e)[len(*e)-1]
	*e = (*e)[:len(*e)-1]
	return last
}

func newWorld(seed uint64, timing ownership.Timing, machines, bots int) *world {
	w := &world{timing: timing, random: rand.New(rand.NewPCG(seed, 0)), leases: make(map[int64]time.Duration),
		owners: make(map[string]ownership.Owner), newest: make(map[string]int64), starts: make(map[string]int)}
	for i := range bots {
		w.bots = append(w.bots, fmt.Sprint("bot", i))
	}
	for i := range machines {
		m := &machine{name: fmt.Sprint("n", i), world: w, offset: w.upTo(time.Hour), rate: 0.995 + w.random.Float64()/100}
		w.machines = append(w.machines, m)
		m.boot()
	}
	return w
}

func (w *world) upTo(d time.Duration) time.Duration { return time.Duration(w.random.Int64N(int64(d))) }

func (w *world) after(d time.Duration, do func()) {
	w.order++
	heap.Push(&w.events, event{at: w.now + d, order: w.order, do: do})
}

// run plays until a moment and judges after each event.
func (w *world) run(until time.Duration) {
	for len(w.events) > 0 && w.events[0].at <= until && len(w.broken) == 0 {
		e := heap.Pop(&w.events).(event)
		w.now = e.at
		w.expire()
		e.do()
		w.judge()
	}
	w.now = until
}

func (w *world) expire() {
	for lease, end := range w.leases {
		if !w.down && w.now >= end {
			w.revoke(lease)
		}
	}
}

func (w *world) revoke(lease int64) {
	delete(w.leases, lease)
	for bot, owner := range w.owners {
		if owner.Lease == lease {
			w.revision++
			delete(w.owners, bot)
		}
	}
}

// judge finds a bot that two nodes act for, or that one acts for whose claim is not the newest.
func (w *world) judge() {
	acting := make(map[string]string)
	for _, m := range w.machines {
		if m.clock() >= m.fence {
			continue
		}
		for bot, epoch := range m.runs {
			if other := acting[bot]; other != "" {
				w.broken = append(w.broken, fmt.Sprintf("%v: %s and %s act for %s", w.now, other, m.name, bot))
			}
			if epoch != w.newest[bot] {
				w.broken = append(w.broken, fmt.Sprintf("%v: %s acts for %s with epoch %d, %d is the newest", w.now, m.name,
					bot, epoch, w.newest[bot]))
			}
			acting[bot] = m.name
		}
	}
}

func (m *machine) String() string {
	return fmt.Sprintf("%s %v runs %v, fence %v, now %v", m.name, m.node, m.runs, m.fence, m.clock())
}

func (m *machine) clock() time.Duration {
	return m.offset + time.Duration(float64(m.world.now)*m.rate)
}

// die ends the process.
func (m *machine) die() {
	m.life++
	m.runs, m.fence = nil, 0
}

// boot starts the process anew; nothing of the one before is left.
func (m *machine) boot() {
	m.life++
	m.node, m.runs, m.fence, m.paused = ownership.New(m.world.timing), make(map[string]int64), 0, 0
	m.loop(m.life)
	m.look(m.life)
}

// mine has do run on the machine's goroutine, unless the process is another one by then.
func (m *machine) mine(life int, d time.Duration, do func()) {
	m.world.after(d, func() {
		switch {
		case m.life != life:
		case m.paused > m.world.now:
			m.mine(life, m.paused-m.world.now+time.Duration(m.world.random.IntN(1000)), do)
		default:
			do()
			m.fence = max(m.fence, m.node.Until())
			for _, c := range m.node.Commands() {
				m.obey(life, c)
			}
		}
	})
}

func (m *machine) loop(life int) {
	m.mine(life, 50*time.Millisecond, func() {
		m.node.Tick(m.clock())
		m.loop(life)
	})
}

// look brings what the store held a while ago.
func (m *machine) look(life int) {
	w := m.world
	v := ownership.View{Revision: w.revision, Owners: make(map[string]ownership.Owner), Targets: make(map[string]bool)}
	members, owned := w.members(), make(map[string]string)
	for bot, owner := range w.owners {
		v.Owners[bot] = owner
		owned[bot] = w.nodeOf(owner.Lease)
	}
	for bot, node := range placement.Plan(placement.Cluster{Members: members, Bots: w.bots, Owners: owned}) {
		v.Targets[bot] = node == m.name
	}
	late := w.upTo(2 * time.Second)
	reached := m.reaches()
	m.mine(life, late, func() {
		if reached {
			m.node.Look(m.clock(), v)
		}
		m.look(life)
	})
}

func (w *world) members() (members []placement.Member) {
	for _, m := range w.machines {
		if _, alive := w.leases[m.node.Lease()]; alive && m.node.Phase() == ownership.Member {
			members = append(members, placement.Member{Name: m.name})
		}
	}
	return members
}

func (w *world) nodeOf(lease int64) string {
	for _, m := range w.machines {
		if m.node.Lease() == lease {
			return m.name
		}
	}
	return ""
}

func (m *machine) reaches() bool { return !m.world.down && m.world.now >= m.cut }
