//go:build cluster

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// botsOfTests is how many bots the failures are played with; HERMOD_CLUSTER_BOTS says otherwise, a multiple of three.
func botsOfTests() int {
	if n, err := strconv.Atoi(os.Getenv("HERMOD_CLUSTER_BOTS")); err == nil {
		return n
	}
	return 300
}

// traffic is deliveries and actions for random bots, through random nodes.
type traffic struct {
	mu       sync.Mutex
	outcomes map[string]int
	slowest  time.Duration
	busy     sync.WaitGroup
	end      context.CancelFunc
}

func (w *clusterWorld) traffic() *traffic {
	ctx, cancel := context.WithCancel(context.Background())
	tr := &traffic{outcomes: make(map[string]int), end: cancel}
	tr.busy.Go(func() {
		random := rand.New(rand.NewPCG(1, 1))
		every(ctx, 20*time.Millisecond, func() {
			w.platform.deliver(w.bots[random.IntN(len(w.bots))])
			bot, n := w.bots[random.IntN(len(w.bots))], w.nodes[random.IntN(len(w.nodes))]
			tr.busy.Go(func() {
				begun := time.Now()
				outcome := n.act(context.Background(), bot)
				tr.mu.Lock()
				defer tr.mu.Unlock()
				if outcome != "" {
					tr.outcomes[outcome]++
					tr.slowest = max(tr.slowest, time.Since(begun))
				}
			})
		})
	})
	return tr
}

// every does something again and again, one after the other, until the context ends.
func every(ctx context.Context, pause time.Duration, do func()) {
	ticker := time.NewTicker(pause)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			do()
		}
	}
}

// unseen counts the deliveries that no handler has seen. The caller holds the lock.
func (p *platformSide) unseen() (n int) {
	for i := range p.sent {
		if p.seen[fmt.Sprint("m", i+1)] == 0 {
			n++
		}
	}
	return n
}

// settle ends the traffic, and judges.
func (w *clusterWorld) settle(tr *traffic) {
	w.t.Helper()
	var table strings.Builder
	table.WriteString(w.table())
	defer func() { w.t.Log(table.String()) }()
	tr.end()
	tr.busy.Wait()
	w.until("every delivery is acknowledged", func() bool { return w.platform.unacknowledged() == 0 })
	p := w.platform
	late := p.outdated()
	p.mu.Lock()
	defer p.mu.Unlock()
	lost := p.unseen()
	fmt.Fprintf(&table, "\nbots with two live sessions: %d; sessions of an epoch that was over: %d; silent ones that were replaced: %d\n",
		len(p.doubles), len(late), p.silent)
	fmt.Fprintf(&table, "buffered deliveries: %d, lost: %d, seen again after they were acknowledged: %d\n", p.sent, lost, p.again)
	fmt.Fprintf(&table, "actions by outcome, the slowest after %.1f s:\n", tr.slowest.Seconds())
	var outcomes []string
	for outcome, n := range tr.outcomes {
		outcomes = append(outcomes, fmt.Sprintf("  %6d %s\n", n, outcome))
		if strings.HasPrefix(outcome, "status") || outcome == noAnswer {
			w.t.Errorf("%d actions ended with %s", n, outcome)
		}
	}
	slices.Sort(outcomes)
	table.WriteString(strings.Join(outcomes, ""))
	if len(p.doubles) > 0 || len(late) > 0 {
		w.t.Errorf("two live sessions: %v; an epoch that was over: %v", p.doubles, late)
	}
	if lost > 0 || p.again > 0 {
		w.t.Errorf("%d deliveries were lost, %d came again after they were acknowledged", lost, p.again)
	}
}
