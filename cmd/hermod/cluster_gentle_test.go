//go:build cluster

package main

import (
	"fmt"
	"testing"
	"time"
)

// TestAClusterMovesBotsInOrderAndLosesNotEvenWhatIsSentLive has bots moved by a drain, for the sake of balance, and by
// nodes that end, from a connector that keeps nothing of what it sends to a session.
func TestAClusterMovesBotsInOrderAndLosesNotEvenWhatIsSentLive(t *testing.T) {
	t.Parallel()
	w := newClusterWorld(t, 3, 60, func(w *clusterWorld) {
		w.lease, w.budget = 30*time.Second, time.Minute // a machine that is busy is not what is looked at
	})
	w.platform.sendsLive = true
	w.begin()
	tr, since := w.traffic(), time.Now()
	n := w.nodes[2]
	w.drainNode(n)
	w.restartNode(n)
	w.each((*nodeProcess).end)
	w.each((*nodeProcess).start)
	w.rest()
	w.note("all of it", since)
	if abrupt := w.platform.abrupt(since); abrupt > 0 {
		t.Errorf("%d sessions did not go idle before they closed", abrupt)
	}
	w.settle(tr)
	p := w.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.sent {
		if seen := p.seen[fmt.Sprint("m", i+1)]; seen != 1 {
			t.Errorf("delivery %d was seen %d times", i+1, seen)
		}
	}
}

// TestARollingRestartOfAClusterReconnectsEveryBotOnce restarts the nodes one after the other. Their bots wait for them.
func TestARollingRestartOfAClusterReconnectsEveryBotOnce(t *testing.T) {
	t.Parallel()
	w := newClusterWorld(t, 3, 60, func(w *clusterWorld) {
		w.lease, w.budget, w.returns = 30*time.Second, time.Minute, true
	})
	w.begin()
	tr, since := w.traffic(), time.Now()
	for _, n := range w.nodes {
		n.end()
		n.start()
		w.rest()
	}
	w.note("a rolling restart", since)
	c, moves := w.platform.costsSince(since), w.platform.moves(since)
	if c.sessions != len(w.bots) || len(c.ready) != len(w.bots) || len(moves) > 0 {
		t.Errorf("%d of %d bots got %d new sessions, and %d moved", len(c.ready), len(w.bots), c.sessions, len(moves))
	}
	w.settle(tr)
}
