package ownership_test

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"

	"hermod/cluster/ownership"
)

// obey carries a command out, with a network between the machine and the store.
func (m *machine) obey(life int, c ownership.Command) {
	w, sent := m.world, m.clock()
	switch c := c.(type) {
	case ownership.AskLease:
		m.ask(life, func() func() {
			w.revision++
			lease := w.revision
			w.leases[lease] = w.now + timing.Lease
			return func() { m.node.Granted(sent, m.clock(), lease) }
		}, func() { m.node.NotGranted(m.clock()) })
	case ownership.Renew:
		m.ask(life, func() func() {
			if _, alive := w.leases[c.Lease]; !alive {
				return func() { m.node.NotRenewed(c.Lease, true) }
			}
			w.leases[c.Lease] = w.now + timing.Lease
			return func() { m.node.Renewed(sent, c.Lease) }
		}, func() { m.node.NotRenewed(c.Lease, false) })
	case ownership.Claim:
		m.ask(life, func() func() { return w.claim(m, c) }, func() { m.node.NotClaimed(c.Bot, c.Lease) })
	case ownership.Release:
		m.ask(life, func() func() {
			if w.owners[c.Bot].Epoch == c.Epoch {
				w.revision++
				delete(w.owners, c.Bot)
			}
			gone := w.revision
			return func() { m.node.Released(m.clock(), c.Bot, c.Epoch, gone) }
		}, func() { m.node.Released(m.clock(), c.Bot, c.Epoch, 0) })
	case ownership.Revoke:
		m.ask(life, func() func() { w.revoke(c.Lease); return func() {} }, func() {})
	case ownership.Start:
		m.runs[c.Bot] = c.Epoch
		w.starts[c.Bot]++
	case ownership.Stop:
		m.end(life, c.Bot, c.Epoch, 2*time.Second)
	case ownership.Cut:
		m.fence = 0
		for bot, epoch := range m.runs {
			m.end(life, bot, epoch, 20*time.Second) // a handler may hang, connections may not
		}
	}
}

func (m *machine) end(life int, bot string, epoch int64, within time.Duration) {
	m.mine(life, m.world.upTo(within), func() {
		if m.runs[bot] == epoch {
			delete(m.runs, bot)
		}
		m.node.Stopped(bot, epoch)
	})
}

// ask has the store do something and brings its answer; either way may be lost, or take long.
func (m *machine) ask(life int, do func() func(), lost func()) {
	w := m.world
	answered := false
	m.mine(life, 2*time.Second, func() {
		if !answered {
			answered = true
			lost()
		}
	})
	if !m.reaches() || w.oneIn(20) {
		return
	}
	late := 100 * time.Millisecond
	if w.oneIn(20) {
		late = 15 * time.Second // it arrives all the same, when nobody waits any more
	}
	w.after(w.upTo(late), func() {
		if w.down {
			return
		}
		tell := do()
		if w.oneIn(20) {
			return
		}
		m.mine(life, w.upTo(late), func() {
			if !answered {
				answered = true
				tell()
			}
		})
	})
}

// oneIn says whether the network does what it does now and then.
func (w *world) oneIn(n int) bool { return !w.calm && w.random.IntN(n) == 0 }

// claim is the store's transaction.
func (w *world) claim(m *machine, c ownership.Claim) func() {
	owner, owned := w.owners[c.Bot]
	_, alive := w.leases[c.Lease]
	if !owned && alive {
		w.revision++
		owner = ownership.Owner{Lease: c.Lease, Epoch: w.revision}
		w.owners[c.Bot], w.newest[c.Bot] = owner, w.revision
		owned = true
	}
	if owned && owner.Lease == c.Lease {
		return func() { m.node.Claimed(m.clock(), c.Bot, c.Lease, owner.Epoch) }
	}
	return func() { m.node.NotClaimed(c.Bot, c.Lease) }
}

// trouble happens to somebody.
func (w *world) trouble() {
	m := w.machines[w.random.IntN(len(w.machines))]
	switch w.random.IntN(4) {
	case 0: // kill -9, and a start soon after
		m.die()
		w.after(w.upTo(20*time.Second), m.boot)
	case 1: // SIGSTOP, or the machine is suspended
		m.paused = w.now + w.upTo(30*time.Second)
	case 2: // cut from the store
		m.cut = w.now + w.upTo(30*time.Second)
	case 3: // the store is away; when it is back every lease begins anew
		if !w.down {
			w.down = true
			w.after(w.upTo(30*time.Second), func() {
				w.down = false
				for lease := range w.leases {
					w.leases[lease] = w.now + timing.Lease
				}
			})
		}
	}
}

// TestNoTwoNodesEverActForOneBot plays random troubles and judges after every event; when the troubles end, every bot
// must run, on nodes with equal shares. HERMOD_SEED=N plays one schedule, HERMOD_SCHEDULES=N that many.
func TestNoTwoNodesEverActForOneBot(t *testing.T) {
	first, schedules := uint64(0), uint64(25)
	if n, err := strconv.ParseUint(os.Getenv("HERMOD_SCHEDULES"), 10, 64); err == nil {
		schedules = n
	}
	if seed, err := strconv.ParseUint(os.Getenv("HERMOD_SEED"), 10, 64); err == nil {
		first, schedules = seed, 1
	}
	for seed := first; seed < first+schedules; seed++ {
		w := newWorld(seed, timing, 2+int(seed%3), 6)
		for range 30 {
			w.after(w.upTo(4*time.Minute), w.trouble)
		}
		w.run(4 * time.Minute)
		w.calm = true
		w.run(6 * time.Minute) // the last trouble lasts half a minute
		if len(w.broken) > 0 {
			t.Fatalf("seed %d: %s", seed, w.broken[0])
		}
		if wrong := w.unrest(); wrong != "" {
			t.Fatalf("seed %d: two minutes after the troubles %s", seed, wrong)
		}
	}
}

// TestABotMovesOnceAtMostToANodeThatJoins lets nodes see the others' moves late.
func TestABotMovesOnceAtMostToANodeThatJoins(t *testing.T) {
	hurried := timing
	hurried.MovePause = 100 * time.Millisecond
	for seed := range uint64(10) {
		w := newWorld(seed, hurried, 3, 40) // who has one more than the others changes meanwhile
		w.calm = true
		w.machines[0].die()
		w.run(30 * time.Second)
		w.machines[0].boot()
		clear(w.starts)
		w.run(90 * time.Second)
		if wrong := w.unrest(); wrong != "" {
			t.Fatalf("seed %d: %s", seed, wrong)
		}
		for bot, starts := range w.starts {
			if starts > 1 {
				t.Errorf("seed %d: %s was started %d times", seed, bot, starts)
			}
		}
	}
}

// unrest says what is not as it should be in a cluster without troubles.
func (w *world) unrest() string {
	where := make(map[string]int)
	for _, m := range w.machines {
		if m.clock() >= m.fence {
			return fmt.Sprintf("%s is %v", m.name, m.node)
		}
		for bot := range m.runs {
			where[bot]++
		}
		n, fair := len(m.runs)*len(w.machines), len(w.bots)
		if n < fair-len(w.machines) || n > fair+len(w.machines) {
			return fmt.Sprintf("%s runs %d of %d bots: %v", m.name, len(m.runs), len(w.bots), w.machines)
		}
	}
	for _, bot := range w.bots {
		if where[bot] != 1 {
			return fmt.Sprintf("%d nodes run %s", where[bot], bot)
		}
	}
	return ""
}
