package ownership

import (
	"maps"
	"slices"
	"time"
)

// Owner is who holds a claim: the lease that it hangs on and its epoch.
type Owner struct {
	Lease int64
	Epoch int64
}

// View is what the store held at a revision.
type View struct {
	Revision int64
	Owners   map[string]Owner
	// Targets are the bots that this node is to run. Unwanted are those that no node is to run: they are stopped at once.
	Targets, Unwanted map[string]bool
	// Urgent says that what others are to run need not wait for a pause between moves: the node drains.
	Urgent bool
}

// Look compares what the store held with what runs here. Claims that were lost are stopped, those that are to move are
// stopped a few at a time, and what is to be had is claimed. It is true when some of that has to wait for a later look.
func (n *Node) Look(now time.Duration, v View) (again bool) {
	if n.phase != Member && n.phase != Leaving || now >= n.until {
		return true
	}
	for _, bot := range pick(n.holds, func(bot string, h *hold) bool { return h.lost(bot, v) }) {
		n.stop(bot, n.holds[bot])
	}
	n.giveBackOrphans(v)
	if n.phase != Member {
		return false
	}
	maps.DeleteFunc(n.given, func(_ string, gone int64) bool { return v.Revision >= gone })
	waits := n.giveUp(now, v)
	return n.take(now, v) || waits
}

// pick returns the bots that are wanted, in the order of their names: the few, before they are sorted.
func pick[V any](from map[string]V, wanted func(bot string, v V) bool) (bots []string) {
	for bot, v := range from {
		if wanted(bot, v) {
			bots = append(bots, bot)
		}
	}
	slices.Sort(bots)
	return bots
}

// lost says of a bot that runs whether its claim is gone, though the lease is not: somebody took it out of the store.
func (h *hold) lost(bot string, v View) bool {
	return h.stage == running && v.Revision >= h.epoch && v.Owners[bot].Epoch != h.epoch
}

// giveBackOrphans releases claims of this lease that nothing here knows of: their answers were lost, and the plan has
// changed since.
func (n *Node) giveBackOrphans(v View) {
	orphans := pick(v.Owners, func(bot string, owner Owner) bool {
		return owner.Lease == n.lease && n.holds[bot] == nil && !(n.phase == Member && v.Targets[bot])
	})
	for _, bot := range orphans {
		h := &hold{epoch: v.Owners[bot].Epoch}
		n.holds[bot] = h
		n.release(bot, h)
	}
}

// Joined says that another member has joined. It claims nothing before it has settled, so what is to move waits for
// that where it runs, and not at nobody.
func (n *Node) Joined(now time.Duration) { n.awaited = now + n.timing.Settle }

// giveUp stops bots that others are to run, and says whether some have to wait. A view that is older than a bot's claim
// knows nothing of it: another node is to run the bot there because nobody does.
func (n *Node) giveUp(now time.Duration, v View) (waits bool) {
	moving := n.count(stopping) + n.count(releasing)
	for _, bot := range pick(n.holds, func(bot string, h *hold) bool { return h.stage == running && !v.Targets[bot] }) {
		h := n.holds[bot]
		if v.Unwanted[bot] {
			n.stop(bot, h)
			continue
		}
		if v.Revision < h.epoch {
			continue
		}
		if moving >= n.timing.Moves || now < n.awaited || !v.Urgent && now < n.nextMove {
			waits = true
			continue
		}
		moving++
		n.nextMove = now + n.timing.MovePause
		n.stop(bot, h)
	}
	return waits
}

func (n *Node) count(in stage) (many int) {
	for _, h := range n.holds {
		if h.stage == in {
			many++
		}
	}
	return many
}

// take claims what is this node's to run and nobody's, and says whether some has to wait. A view from before a bot was
// given up shows it as this node's still: it says nothing of who is to run it now.
func (n *Node) take(now time.Duration, v View) (waits bool) {
	if now < n.settled {
		return true
	}
	free := pick(v.Targets, func(bot string, mine bool) bool {
		owner, owned := v.Owners[bot]
		return mine && n.holds[bot] == nil && (!owned || owner.Lease == n.lease) && v.Revision >= n.given[bot]
	})
	asked := n.count(claiming)
	for _, bot := range free {
		if asked >= n.timing.Claims {
			return true
		}
		asked++
		n.holds[bot] = &hold{stage: claiming, busy: true}
		n.do(Claim{Bot: bot, Lease: n.lease})
	}
	return false
}

// Claimed says that the claim stands, under that lease and with that epoch.
func (n *Node) Claimed(now time.Duration, bot string, lease, epoch int64) {
	h := n.claimOf(bot, lease)
	if h == nil {
		return // it ends with its lease, or is found to be an orphan
	}
	if n.phase != Member || now >= n.until {
		delete(n.holds, bot)
		return
	}
	h.stage, h.epoch, h.busy = running, epoch, false
	n.do(Start{Bot: bot, Epoch: epoch})
}

// NotClaimed says that somebody else has the bot, or that nothing is known of the claim.
func (n *Node) NotClaimed(bot string, lease int64) {
	if n.claimOf(bot, lease) != nil {
		delete(n.holds, bot)
	}
}

func (n *Node) claimOf(bot string, lease int64) *hold {
	if h := n.holds[bot]; h != nil && h.stage == claiming && lease == n.lease {
		return h
	}
	return nil
}

// Stopped says that nothing of the bot runs any more.
func (n *Node) Stopped(bot string, epoch int64) {
	h := n.holds[bot]
	if h == nil || h.epoch != epoch || h.stage != running && h.stage != stopping {
		return
	}
	if n.phase == Cutting {
		delete(n.holds, bot)
		n.whenEmpty()
		return
	}
	if n.returns && n.phase == Leaving {
		delete(n.holds, bot) // its claim waits for the next process
		n.whenEmpty()
		return
	}
	n.release(bot, h)
}

// Released says since which revision the claim is known to be gone; 0 is that nothing is known.
func (n *Node) Released(now time.Duration, bot string, epoch, gone int64) {
	h := n.holds[bot]
	if h == nil || h.epoch != epoch || h.stage != releasing {
		return
	}
	if h.busy = false; gone == 0 {
		h.again = now + n.timing.Renewal
		return
	}
	n.given[bot] = gone
	delete(n.holds, bot)
	n.whenEmpty()
}
