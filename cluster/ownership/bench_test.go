package ownership_test

import (
	"fmt"
	"testing"
	"time"

	"hermod/cluster/ownership"
)

// BenchmarkTickAtRest is what a node that runs 10,000 bots does twenty times a second.
func BenchmarkTickAtRest(b *testing.B) {
	unbounded := timing
	unbounded.Claims = 1 << 20
	n := ownership.New(unbounded)
	n.Tick(time.Minute)
	n.Granted(time.Minute, time.Minute, 7)
	v := ownership.View{Revision: 100, Targets: make(map[string]bool)}
	for i := range 10_000 {
		v.Targets[fmt.Sprint("bot-", i)] = true
	}
	n.Look(61*time.Second, v)
	for bot := range v.Targets {
		n.Claimed(61*time.Second, bot, 7, 99)
	}
	n.Commands()
	for b.Loop() {
		n.Tick(61 * time.Second)
		n.Commands()
	}
}
