package daemon

import (
	"runtime/debug"
	"sync"
)

// readingPercent is Go's GOGC while a configuration is read beside running bots. That of thousands of bots leaves much
// garbage behind, and what serves others meanwhile would have to help with each collection.
const readingPercent = 400

// collections makes the garbage collector's rounds fewer while something holds them.
type collections struct {
	mu      sync.Mutex
	holders int
	before  int // GOGC without holders
}

// hold has fewer collections run until release is called, once.
func (c *collections) hold() (release func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holders++; c.holders == 1 {
		c.before = debug.SetGCPercent(readingPercent)
		if c.before < 0 || c.before > readingPercent { // who runs the daemon wants fewer still
			debug.SetGCPercent(c.before)
		}
	}
	return c.release
}

func (c *collections) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.holders--; c.holders == 0 {
		debug.SetGCPercent(c.before)
	}
}
