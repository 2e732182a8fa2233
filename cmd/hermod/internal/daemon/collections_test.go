package daemon

import (
	"runtime/debug"
	"testing"
)

func percent() int {
	now := debug.SetGCPercent(-1)
	debug.SetGCPercent(now)
	return now
}

func TestCollectionsAreFewerWhileAConfigurationIsRead(t *testing.T) {
	for before, during := range map[int]int{100: readingPercent, 800: 800, -1: -1} {
		found := debug.SetGCPercent(before)
		c := new(collections)
		one, another := c.hold(), c.hold()
		one()
		if got := percent(); got != during {
			t.Errorf("GOGC is %d while one reads, want %d", got, during)
		}
		another()
		if got := percent(); got != before {
			t.Errorf("GOGC is %d afterwards, want %d", got, before)
		}
		debug.SetGCPercent(found)
	}
}
