package ownership_test

import (
	"fmt"
	"testing"
	"time"

	"hermod/cluster/ownership"
)

// BenchmarkTickAtRest is what a node that runs 10,000 bots does twenty times a second.
func BenchmarkTickAtRest(b *testing.B) {
	n, _ := running(10_000, 10_000)
	for b.Loop() {
		n.Tick(61 * time.Second)
		n.Commands()
	}
}

// BenchmarkLook is what a node does after each change in a cluster of 10,000 bots, a third of which it runs.
func BenchmarkLook(b *testing.B) {
	n, v := running(10_000, 3_333)
	for b.Loop() {
		n.Look(61*time.Second, v)
		n.Commands()
	}
}

// running is a node that runs so many of the bots; another one has the rest.
func running(bots, mine int) (*ownership.Node, ownership.View) {
	unbounded := timing
	unbounded.Claims = 1 << 20
	n := ownership.New(unbounded)
	n.Tick(time.Minute)
	n.Granted(time.Minute, time.Minute, 7)
	v := ownership.View{Revision: 100, Targets: make(map[string]bool), Owners: make(map[string]ownership.Owner)}
	for i := range bots {
		bot, lease := fmt.Sprint("bot-", i), int64(8)
		if i < mine {
			v.Targets[bot] = true
			lease = 7
		}
		v.Owners[bot] = ownership.Owner{Lease: lease, Epoch: 99}
	}
	n.Look(61*time.Second, v)
	for bot := range v.Targets {
		n.Claimed(61*time.Second, bot, 7, 99)
	}
	n.Commands()
	return n, v
}
