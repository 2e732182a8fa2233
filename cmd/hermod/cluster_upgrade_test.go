//go:build cluster

package main

import (
	"os"
	"strings"
	"time"
)

// upgrade replaces every node by one of a newer version of the nodes' messages, one after the other, after one that
// nobody would understand was refused.
func (w *clusterWorld) upgrade() {
	since := time.Now()
	for i, n := range w.nodes {
		n.end()
		if i == 0 {
			w.refused(n)
		}
		n.schema = "1-2"
		n.start()
		w.rest()
	}
	w.note("upgrade node by node, to newer messages", since)
	moves, once := w.platform.moves(since), 0
	for _, n := range moves {
		if n == 1 {
			once++
		}
	}
	w.t.Logf("of %d bots %d moved, %d of them once", len(w.bots), len(moves), once)
}

// refused starts a node that has no version of the messages in common with the others.
func (w *clusterWorld) refused(n *nodeProcess) {
	n.schema = "3-3"
	n.start()
	w.until("it says why it does not join", func() bool {
		text, err := os.ReadFile(n.log.Name())
		must(w.t, err)
		return strings.Contains(string(text), "this one speaks versions 3 to 3 of the nodes' messages, and node")
	})
	if shares, _ := w.shares(); shares[n.name] != 0 || len(shares) != len(w.nodes)-1 {
		w.t.Errorf("the members are %v", shares)
	}
	n.end()
}
