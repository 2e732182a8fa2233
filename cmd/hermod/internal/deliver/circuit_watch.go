package deliver

import "time"

// view is a circuit at one moment.
type view struct {
	open        bool
	failures    int
	err         error
	since, next time.Time
}

// view is how the circuit is.
func (c *circuit) view() view {
	c.mu.Lock()
	defer c.mu.Unlock()
	return view{open: !c.since.IsZero(), failures: c.failures, err: c.err, since: c.since, next: c.next}
}

// watch has changed called, without a lock, when the circuit opens or closes or a probe failed, until stop is called.
func (c *circuit) watch(changed func()) (stop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watched++
	number := c.watched
	c.watchers[number] = changed
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.watchers, number)
	}
}

func (c *circuit) tell() {
	c.mu.Lock()
	watchers := make([]func(), 0, len(c.watchers))
	for _, changed := range c.watchers {
		watchers = append(watchers, changed)
	}
	c.mu.Unlock()
	for _, changed := range watchers {
		changed()
	}
}
