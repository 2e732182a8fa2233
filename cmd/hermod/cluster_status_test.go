package main

import (
	"strings"
	"testing"

	"hermod/cluster/registry"
)

func TestTheClustersStatusShowsWhatTheBotsOfANodeWeigh(t *testing.T) {
	v := &registry.View{
		Members: map[string]registry.Member{"n0": {Address: "h:1", Version: "1.4.0", Lease: 7},
			"n1": {Address: "h:2", Version: "1.4.0", Lease: 8}},
		Bots: map[string]registry.Bot{"a": {}, "b": {}, "c": {}, "off": {}, "idle": {}},
		Claims: map[string]registry.Claim{"a": {Node: "n0", Lease: 7, Epoch: 1}, "b": {Node: "n0", Lease: 7, Epoch: 2},
			"c": {Node: "n1", Lease: 8, Epoch: 3}},
		Disabled: map[string]bool{"off": true},
		Drain:    map[string]bool{"gone": true},
		Loads:    map[string]registry.Loads{"n0": {Revision: 9, Covers: 2, Weights: map[string]int{"b": 16, "idle": 64}}},
	}
	var out strings.Builder
	if err := printCluster(&out, v, false); err == nil {
		t.Error("a bot without a node is no failure")
	}
	want := `NODE  ADDRESS  VERSION  BOTS  LOAD  LACKS  STATE
n0    h:1      1.4.0    2     17    0      member
n1    h:2      1.4.0    1     1     0      member
gone                                       drained, and no member
no node runs 1 bot: idle
`
	if out.String() != want {
		t.Errorf("the status is\n%s\nwant\n%s", out.String(), want)
	}
}
