package daemon

import (
	"runtime/debug"
	"sync"
)

const (
	// readingPercent is Go's GOGC while a configuration is read beside running bots. That of thousands of bots leaves much
	// garbage behind, and what serves others meanwhile would have to help with each collection.
	readingPercent = 400
	// startingPercent is GOGC while the bots of a new process start. What they keep stays for as long as they do, and so
	// would the holes between it, which are garbage that was not collected in time.
	startingPercent = 25
)

// collections has the garbage collector run more often or more seldom while somebody wants that.
type collections struct {
	mu                sync.Mutex
	reading, starting int // who wants it
	before            int // GOGC when nobody does
}

// collecting is the process's: it has one garbage collector.
var collecting collections

// read has fewer collections run until release is called, once. It counts for more than start.
func (c *collections) read() (release func()) { return c.until(&c.reading) }

// start has more collections run until release is called, once.
func (c *collections) start() (release func()) { return c.until(&c.starting) }

func (c *collections) until(wanted *int) (release func()) {
	c.change(wanted, 1)
	return sync.OnceFunc(func() { c.change(wanted, -1) })
}

func (c *collections) change(wanted *int, by int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.reading+c.starting == 0 {
		c.before = debug.SetGCPercent(readingPercent)
	}
	*wanted += by
	percent := c.before
	switch {
	case c.before < 0: // who runs the daemon wants none
	case c.reading > 0:
		percent = max(percent, readingPercent)
	case c.starting > 0:
		percent = min(percent, startingPercent)
	}
	debug.SetGCPercent(percent)
}
