package ownership

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Timing holds the durations of a node.
type Timing struct {
	// Lease is how long the store keeps what a silent node claimed.
	Lease time.Duration
	// Margin is how long before the end of the lease the node stops, and so how long stopping may take.
	Margin time.Duration
	// Renewal is the pause between two renewals, and between two tries of anything else.
	Renewal time.Duration
	// Settle is how long a node that joined looks at the others before it claims, so that nodes which start together
	// share.
	Settle time.Duration
	// Claims is how many claims are asked for at the same time.
	Claims int
	// Moves is how many bots a node gives up at the same time, and MovePause how long it waits between two that it gives
	// up for the sake of balance.
	Moves     int
	MovePause time.Duration
}

// Phase is where a node is.
type Phase int

// The phases.
const (
	Joining Phase = iota
	Member
	Cutting
	Leaving
	Left
)

// String names the phase.
func (p Phase) String() string {
	return [...]string{"joining", "member", "cutting", "leaving", "left"}[p]
}

// Node is what one node may do. It belongs to one goroutine. Moments are those of a clock that never stands still.
type Node struct {
	timing Timing
	phase  Phase
	out    []Command

	last     bool          // nothing follows this membership
	returns  bool          // a next process follows it soon, which is to find the claims
	asking   bool          // for a lease
	again    time.Duration // when to ask for one
	lease    int64
	until    time.Duration
	renewing int           // renewals under way: a slow one does not keep the next from being sent
	renew    time.Duration // when to
	settled  time.Duration // when to claim
	nextMove time.Duration
	awaited  time.Duration // when the newest other member has settled
	holds    map[string]*hold
	given    map[string]int64 // the revisions since which claims are gone, until a view knows of it
}

// stage is where a bot of the node is.
type stage int

const (
	claiming stage = iota
	running
	stopping
	releasing
)

type hold struct {
	stage stage
	epoch int64
	busy  bool          // a claim or release is under way
	again time.Duration // when to try the release again
}

// maxRenewals bounds the renewals that are under way. Together they last for as long as a lease does.
const maxRenewals = 8

// New returns a node that joins.
func New(timing Timing) *Node {
	return &Node{timing: timing, holds: make(map[string]*hold), given: make(map[string]int64)}
}

// Phase returns where the node is.
func (n *Node) Phase() Phase { return n.phase }

// Lease returns the node's lease, 0 when it holds none.
func (n *Node) Lease() int64 { return n.lease }

// Until is when the node stops unless a renewal succeeds; 0 when it holds no lease.
func (n *Node) Until() time.Duration {
	if n.lease == 0 {
		return 0
	}
	return n.until
}

// Bots are those that run here or are on their way in or out, with their epochs, 0 for a claim that is not decided.
func (n *Node) Bots() map[string]int64 {
	bots := make(map[string]int64, len(n.holds))
	for bot, h := range n.holds {
		bots[bot] = h.epoch
	}
	return bots
}

// Commands returns what is to be done, in this order, and forgets it.
func (n *Node) Commands() []Command {
	out := n.out
	n.out = nil
	return out
}

func (n *Node) do(c Command) { n.out = append(n.out, c) }

// Tick looks at the time. It is called often, in any case soon after Until.
func (n *Node) Tick(now time.Duration) {
	switch n.phase {
	case Joining:
		if !n.asking && now >= n.again {
			n.asking = true
			n.do(AskLease{})
		}
	case Member, Leaving:
		if now >= n.until {
			n.cut()
			return
		}
		if n.renewing < maxRenewals && now >= n.renew {
			n.renewing++
			n.renew = now + n.timing.Renewal
			n.do(Renew{Lease: n.lease})
		}
		n.releaseAgain(now)
	}
}

// releaseAgain tries releases again that failed. It runs often, and there are hardly ever any.
func (n *Node) releaseAgain(now time.Duration) {
	due := func(_ string, h *hold) bool { return h.stage == releasing && !h.busy && now >= h.again }
	for _, bot := range pick(n.holds, due) {
		n.release(bot, n.holds[bot])
	}
}

// Returned says that the node has taken the place of its predecessor, whose claims have ended just now: nobody but this
// node is to have the bots, so there is nobody to look at before it claims.
func (n *Node) Returned(now time.Duration) { n.settled = now }

// Granted brings a lease that was asked for at sent.
func (n *Node) Granted(sent, now time.Duration, lease int64) {
	n.asking = false
	until := sent + n.timing.Lease - n.timing.Margin
	switch {
	case n.phase == Joining && now < until:
		n.phase, n.lease, n.until = Member, lease, until
		n.renewing, n.renew = 0, now+n.timing.Renewal
		n.settled, n.nextMove = now+n.timing.Settle, now
	default: // it came too late to be of use
		n.do(Revoke{Lease: lease})
		n.again = now
	}
}

// NotGranted says that the store gave no lease, or none that is known of.
func (n *Node) NotGranted(now time.Duration) {
	n.asking, n.again = false, now+n.timing.Renewal
}

// Renewed says that the renewal that was sent at that moment succeeded.
func (n *Node) Renewed(sent time.Duration, lease int64) {
	if lease != n.lease {
		return
	}
	n.renewing--
	n.until = max(n.until, sent+n.timing.Lease-n.timing.Margin)
}

// NotRenewed says that nothing is known of a renewal. gone: the store has answered that there is no such lease.
func (n *Node) NotRenewed(lease int64, gone bool) {
	if lease != n.lease {
		return
	}
	n.renewing--
	if gone {
		n.cut()
	}
}

// cut ends everything at once.
func (n *Node) cut() {
	if n.phase != Member && n.phase != Leaving {
		return
	}
	n.last = n.last || n.phase == Leaving
	n.phase = Cutting
	n.do(Cut{})
	for _, bot := range slices.Sorted(maps.Keys(n.holds)) {
		if h := n.holds[bot]; h.stage == claiming || h.stage == releasing {
			delete(n.holds, bot) // nothing of it runs here
		}
	}
	n.whenEmpty()
}

// whenEmpty ends the membership of a node on its way out once nothing runs any more.
func (n *Node) whenEmpty() {
	if len(n.holds) > 0 || n.phase != Cutting && n.phase != Leaving {
		return
	}
	if n.returns && n.phase == Leaving {
		n.do(Park{Lease: n.lease})
	} else {
		n.do(Revoke{Lease: n.lease})
	}
	n.lease, n.until, n.again = 0, 0, 0
	if !n.last {
		n.phase = Joining
		return
	}
	n.phase = Left
	n.do(End{})
}

// Hurry ends the node at once, as if its time were up.
func (n *Node) Hurry() {
	n.last = true
	n.cut()
}

// Leave ends the node: its bots stop in order, then its lease. If the node returns, the claims stand until it does, or
// the lease ends by itself: nobody else runs the bots meanwhile.
func (n *Node) Leave(returns bool) {
	n.last, n.returns = true, returns
	switch n.phase {
	case Joining:
		n.phase = Left
		n.do(End{})
	case Member:
		n.phase = Leaving
		for _, bot := range slices.Sorted(maps.Keys(n.holds)) {
			switch h := n.holds[bot]; h.stage {
			case claiming:
				delete(n.holds, bot)
			case running:
				n.stop(bot, h)
			}
		}
		n.whenEmpty()
	}
}

func (n *Node) stop(bot string, h *hold) {
	h.stage = stopping
	n.do(Stop{Bot: bot, Epoch: h.epoch})
}

func (n *Node) release(bot string, h *hold) {
	h.stage, h.busy = releasing, true
	n.do(Release{Bot: bot, Epoch: h.epoch})
}

// String describes the node, for tests and logs.
func (n *Node) String() string {
	return fmt.Sprintf("%s lease=%x until=%v holds=%d", n.phase, n.lease, n.until, len(n.holds))
}
