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
	"syscall"
	"testing"
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
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
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
		}
	})
	return tr
}

// TestAClusterNeverConnectsABotTwiceWhateverFails plays failures against real processes and a real etcd, under traffic,
// and prints what they cost.
func TestAClusterNeverConnectsABotTwiceWhateverFails(t *testing.T) {
	w := newClusterWorld(t, 3, botsOfTests())
	var table strings.Builder
	fmt.Fprintf(&table, "\n%-44s %8s %8s %9s %8s\n", "failure", "ready", "leases", "sessions", "doubles")
	play := func(name string, do func() time.Duration) {
		t.Helper()
		starts, doubles := w.platform.starts(), len(w.platform.twice())
		took := do()
		fmt.Fprintf(&table, "%-44s %7.1fs %8.1f %9d %8d\n", name, took.Seconds(), took.Seconds()/leaseOfTests.Seconds(),
			w.platform.starts()-starts, len(w.platform.twice())-doubles)
	}
	begun := time.Now()
	play("three nodes start at once", func() time.Duration {
		var all sync.WaitGroup
		for _, n := range w.nodes {
			all.Go(n.start)
		}
		all.Wait()
		return w.await("start", begun)
	})
	w.balanced()
	tr := w.traffic()
	a, b, c := w.nodes[0], w.nodes[1], w.nodes[2]
	play("kill -9 of a node", func() time.Duration {
		since := time.Now()
		a.kill()
		w.until("the dead node's sessions have ended", func() bool { return w.platform.live() < len(w.bots) })
		return w.await("kill", since)
	})
	play("the same node again, which takes its share", func() time.Duration {
		since := time.Now()
		a.start()
		w.balanced()
		w.await("join", since)
		return time.Since(since)
	})
	play("SIGSTOP for longer than the lease, SIGCONT", func() time.Duration {
		since := time.Now()
		had := w.botsOf("n1")
		b.signal(syscall.SIGSTOP)
		w.until("newer sessions have replaced what it had", func() bool { return w.platform.renewed(had, since) })
		took := w.await("stop", since)
		b.signal(syscall.SIGCONT)
		w.balanced()
		w.await("go on", since)
		return took
	})
	play("a node is cut from etcd", func() time.Duration {
		since := time.Now()
		c.wire.set(true)
		w.until("it has dropped its sessions", func() bool { return w.platform.live() <= 2*len(w.bots)/3 })
		dropped := time.Since(since)
		took := w.await("cut", since)
		fmt.Fprintf(&table, "%-44s %7.1fs before others had them\n", "  it dropped its bots", (took - dropped).Seconds())
		c.wire.set(false)
		w.balanced()
		w.await("joined again", since)
		return took
	})
	play("etcd is away for less than the lease allows", func() time.Duration {
		since := time.Now()
		w.etcd.Down()
		w.etcd.Up()
		return w.await("short outage", since)
	})
	play("etcd is away for longer; from its return", func() time.Duration {
		w.etcd.Down()
		w.until("every bot is cut", func() bool { return w.platform.live() == 0 })
		w.etcd.Up()
		return w.await("long outage", time.Now())
	})
	w.balanced()
	play("a node is restarted in order", func() time.Duration {
		since := time.Now()
		b.end()
		took := w.await("end", since)
		b.start()
		w.balanced()
		w.await("start", since)
		return took
	})
	play("a node is drained, and takes bots again", func() time.Duration {
		since := time.Now()
		w.command("cluster", "drain", "n2")
		w.until("it has given up everything", func() bool { return w.has("n2", 0) })
		took := w.await("drain", since)
		w.command("cluster", "undrain", "n2")
		w.balanced()
		return took
	})
	w.settle(tr, &table)
	t.Log(table.String())
}

// balanced waits until the nodes have equal shares.
func (w *clusterWorld) balanced() {
	w.t.Helper()
	share := len(w.bots) / len(w.nodes)
	w.until("equal shares", func() bool {
		shares := w.shares()
		return shares["n0"] == share && shares["n1"] == share && shares["n2"] == share
	})
}

// settle ends the traffic, and judges.
func (w *clusterWorld) settle(tr *traffic, table *strings.Builder) {
	w.t.Helper()
	tr.end()
	tr.busy.Wait()
	w.until("every delivery is acknowledged", func() bool { return w.platform.unacknowledged() == 0 })
	p := w.platform
	p.mu.Lock()
	defer p.mu.Unlock()
	lost := 0
	for i := range p.sent {
		if p.seen[fmt.Sprint("m", i+1)] == 0 {
			lost++
		}
	}
	fmt.Fprintf(table, "\nbots with two live sessions: %d; silent sessions that a newer one replaced: %d\n", len(p.doubles), p.silent)
	fmt.Fprintf(table, "buffered deliveries: %d, lost: %d, seen again after they were acknowledged: %d\n", p.sent, lost, p.again)
	fmt.Fprintf(table, "actions by outcome, the slowest after %.1f s:\n", tr.slowest.Seconds())
	var outcomes []string
	for outcome, n := range tr.outcomes {
		outcomes = append(outcomes, fmt.Sprintf("  %6d %s\n", n, outcome))
		if strings.HasPrefix(outcome, "status") || strings.HasPrefix(outcome, "no answer") {
			w.t.Errorf("%d actions ended with %s", n, outcome)
		}
	}
	slices.Sort(outcomes)
	table.WriteString(strings.Join(outcomes, ""))
	if len(p.doubles) > 0 {
		w.t.Errorf("two live sessions: %v", p.doubles)
	}
	if lost > 0 || p.again > 0 {
		w.t.Errorf("%d deliveries were lost, %d came again after they were acknowledged", lost, p.again)
	}
}
