//go:build cluster

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// ledger is what failures cost, by their names, in the order in which they were first played.
type ledger struct {
	names []string
	costs map[string]*costs
	times map[string]int
}

// note writes down what happened to the bots since a moment.
func (w *clusterWorld) note(name string, since time.Time) {
	l, c := &w.ledger, w.platform.costsSince(since)
	all := l.costs[name]
	if all == nil {
		all = new(costs)
		l.names, l.costs[name] = append(l.names, name), all
	}
	l.times[name]++
	all.add(c)
	w.t.Logf("%s: %d sessions, the last one after %.1f s", name, c.sessions, worst(c.ready).Seconds())
}

// table says for each failure how often it was played, after how many leases the bots that it hit were connected for
// good, and how long the connector was without them; median and worst.
func (w *clusterWorld) table() string {
	var out strings.Builder
	leases := func(d time.Duration) float64 { return d.Seconds() / w.lease.Seconds() }
	fmt.Fprintf(&out, "\nlease %v, %d nodes, %d bots, %d members of etcd\n", w.lease, len(w.nodes), len(w.bots),
		len(w.etcd.Endpoints))
	fmt.Fprintf(&out, "%-50s %5s %9s  %16s %16s\n", "", "", "", "ready, leases", "away, seconds")
	fmt.Fprintf(&out, "%-50s %5s %9s  %8s %7s %8s %7s\n", "failure", "times", "sessions", "median", "worst", "median", "worst")
	for _, name := range w.ledger.names {
		c := w.ledger.costs[name]
		fmt.Fprintf(&out, "%-50s %5d %9d", name, w.ledger.times[name], c.sessions)
		if len(c.ready) > 0 {
			fmt.Fprintf(&out, "  %8.2f %7.2f", leases(median(c.ready)), leases(worst(c.ready)))
		}
		if len(c.gaps) > 0 {
			fmt.Fprintf(&out, " %8.2f %7.2f", median(c.gaps).Seconds(), worst(c.gaps).Seconds())
		}
		out.WriteByte('\n')
	}
	for _, margin := range w.margins {
		fmt.Fprintf(&out, "a node that was cut from etcd dropped its bots %.1f s before others had the first\n", margin.Seconds())
	}
	return out.String()
}

// begin starts all nodes at the same instant.
func (w *clusterWorld) begin() {
	since := time.Now()
	w.each((*nodeProcess).start)
	w.await("start")
	w.note("three nodes start for the first time", since)
	w.rest()
}

// TestAClusterNeverConnectsABotTwiceWhateverFails plays failures against real processes and a real etcd, under traffic,
// and prints what they cost.
func TestAClusterNeverConnectsABotTwiceWhateverFails(t *testing.T) {
	w := newClusterWorld(t, 3, botsOfTests())
	w.begin()
	tr := w.traffic()
	a, b, c := w.nodes[0], w.nodes[1], w.nodes[2]
	w.cutFromPeers(c) // early: actions that do not arrive end after a minute
	w.killNode(a)
	w.stopNode(b)
	w.cutFromEtcd(c)
	w.cutFromConnector(a)
	w.shortOutage(nil)
	w.longOutage(nil)
	w.slowEtcd(a)
	w.drainNode(c)
	for range 3 {
		w.startAtOnce(nil)
	}
	w.restartEverything(nil)
	w.upgrade()
	w.settle(tr)
}
