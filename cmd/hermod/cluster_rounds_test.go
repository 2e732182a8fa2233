//go:build cluster

package main

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestRoundsOfRandomFailuresOfACluster plays HERMOD_ROUNDS random failures with an etcd of three members, one without;
// HERMOD_SEED picks them, and HERMOD_FAILURES names those to pick from, with commas.
func TestRoundsOfRandomFailuresOfACluster(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv("HERMOD_ROUNDS"))
	if err != nil {
		rounds = 1
	}
	w := newClusterWorld(t, 3, botsOfTests(), func(w *clusterWorld) { w.members = 3 })
	w.begin()
	tr := w.traffic()
	wanted := os.Getenv("HERMOD_FAILURES")
	for round := 0; round < rounds; {
		f, n := failures[w.random.IntN(len(failures))], w.nodes[w.random.IntN(len(w.nodes))]
		if wanted != "" && !strings.Contains(","+wanted+",", ","+f.name+",") {
			continue
		}
		round++
		t.Logf("round %d: %s, %s", round, f.name, n.name)
		f.play(w, n)
		if wrong := w.platform.wrong(); wrong != "" {
			t.Fatalf("round %d, %s of %s: %s", round, f.name, n.name, wrong)
		}
	}
	w.settle(tr)
}
