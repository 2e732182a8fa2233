package deliver

import (
	"container/list"
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"hermod/supervisor"
)

// openAfter is how many posts in a row fail before a circuit opens.
const openAfter = 5

// probeBackoff is the ladder of pauses between probes.
var probeBackoff = supervisor.Backoff{Base: time.Second, Max: time.Minute}

// circuit keeps posts from what fails. Closed, it lets all through. After openAfter failures in a row it opens: posts
// wait in the order in which they came, and one at a time goes through, as a probe, after pauses that grow. A probe
// that failed waits behind the others, so that one delivery that is refused keeps none back. The first success closes
// the circuit, and all that wait go. Its methods may be called from any goroutine.
type circuit struct {
	mu       sync.Mutex
	failures int       // in a row
	err      error     // of the last of them
	refused  string    // the delivery that the last refusal was about
	since    time.Time // when it opened; zero while it is closed
	probes   int       // that failed since then
	next     time.Time // when a probe may go
	timer    *time.Timer
	probing  bool
	openings uint64    // numbers them
	waiting  list.List // of *turn
	watchers map[int]func()
	watched  int // numbers them
}

// pass is what a post goes through a circuit with: 0, or the opening that it is a probe of.
type pass uint64

// turn is a post that waits at an open circuit.
type turn struct {
	given chan struct{}
	place *list.Element // nil once it was given
	pass  pass
}

func newCircuit() *circuit { return &circuit{watchers: make(map[int]func())} }

// enter waits until a post may go. succeed, fail or abandon must follow. A post that may go at once does so whatever
// the context. The error is the context's.
func (c *circuit) enter(ctx context.Context) (pass, error) {
	c.mu.Lock()
	if c.since.IsZero() {
		c.mu.Unlock()
		return 0, nil
	}
	t := &turn{given: make(chan struct{})}
	t.place = c.waiting.PushBack(t)
	c.grant()
	c.mu.Unlock()
	select {
	case <-t.given:
		return t.pass, nil
	default:
	}
	select {
	case <-t.given:
		return t.pass, nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if t.place == nil {
		return t.pass, nil // it was given at the same moment
	}
	c.waiting.Remove(t.place)
	return 0, ctx.Err()
}

// holds says that a post which is not a probe has to wait after all, since the circuit has opened meanwhile.
func (c *circuit) holds(p pass) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return !c.since.IsZero() && !c.isProbe(p)
}

// isProbe says that it is the probe that is under way; the lock is held.
func (c *circuit) isProbe(p pass) bool { return !c.since.IsZero() && p == pass(c.openings) }

// abandon gives a turn back of which nothing came.
func (c *circuit) abandon(p pass) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.isProbe(p) {
		c.probing = false
		c.grant()
	}
}

// succeed notes a post that was taken; it says whether that closed the circuit.
func (c *circuit) succeed() (closed bool) {
	c.mu.Lock()
	closed = !c.since.IsZero()
	c.failures, c.err, c.refused = 0, nil, ""
	c.since, c.next, c.probes, c.probing = time.Time{}, time.Time{}, 0, false
	if c.timer != nil {
		c.timer.Stop()
	}
	for c.waiting.Len() > 0 {
		c.give(0)
	}
	c.mu.Unlock()
	if closed {
		c.tell()
	}
	return closed
}

// fail notes a post that was not taken; it says whether that opened the circuit. refused names the delivery if the
// failure may be due to it: one delivery alone opens no circuit.
func (c *circuit) fail(p pass, refused string, err error) (opened bool) {
	c.mu.Lock()
	probe := c.isProbe(p)
	again := refused != "" && refused == c.refused
	c.refused, c.err = refused, err
	switch {
	case c.since.IsZero():
		if !again {
			c.failures++
		}
		if opened = c.failures >= openAfter; opened {
			c.since = time.Now()
			c.openings++
			c.pause()
		}
	case probe:
		c.failures++
		c.probes++
		c.probing = false
		c.pause()
	}
	changed := opened || probe
	c.mu.Unlock()
	if changed {
		c.tell()
	}
	return opened
}

// pause sets when the next probe goes; the lock is held.
func (c *circuit) pause() {
	pause := probeBackoff.Delay(c.probes+1, rand.Float64())
	c.next = time.Now().Add(pause)
	if c.timer == nil {
		c.timer = time.AfterFunc(pause, c.due)
	} else {
		c.timer.Reset(pause)
	}
}

func (c *circuit) due() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.grant()
}

// grant lets the post that has waited for the longest time go as a probe, if one may; the lock is held.
func (c *circuit) grant() {
	if !c.since.IsZero() && !c.probing && c.waiting.Len() > 0 && !time.Now().Before(c.next) {
		c.probing = true
		c.give(pass(c.openings))
	}
}

func (c *circuit) give(p pass) {
	t := c.waiting.Remove(c.waiting.Front()).(*turn)
	t.place, t.pass = nil, p
	close(t.given)
}
