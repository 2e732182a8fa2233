package cluster

import (
	"fmt"
	"maps"
	"slices"

	"hermod/cluster/message"
	"hermod/cluster/registry"
)

// compatible says which member this node could not speak with: nodes whose versions of the messages have none in common
// are not members together. self may be a member still, under an earlier lease.
func compatible(v *registry.View, self string) error {
	for _, node := range slices.Sorted(maps.Keys(v.Members)) {
		m := v.Members[node]
		if node != self && (m.Schema < message.Oldest || message.Schema < m.Oldest) {
			return fmt.Errorf("%w: this one speaks versions %d to %d of the nodes' messages, and node %s %d to %d; "+
				"upgrade step by step, with a version in between, or end the others first",
				ErrIncompatible, message.Oldest, message.Schema, node, max(1, m.Oldest), m.Schema)
		}
	}
	return nil
}

// mayJoin says whether the node may become a member: it is known what it lacks, so that nobody counts on it for more,
// and it can speak with those who are.
func (k *keeper) mayJoin() bool {
	if k.assessed < 0 {
		return false
	}
	err := compatible(k.seen, k.cfg.Name)
	if err != nil {
		k.fail(err)
	}
	return err == nil
}
