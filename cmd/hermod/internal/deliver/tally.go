package deliver

import (
	"sync"
	"time"
)

// tally counts the posts of deliveries that failed so far, for their dead letters. A delivery is named by what it
// consists of, which the relay hands out again with each try. The tally is as long as there are deliveries that wait
// for their next try: one for each conversation.
type tally struct {
	mu    sync.Mutex
	tries map[any]tried
}

// tried is what was done for one delivery.
type tried struct {
	posts int
	since time.Time
}

// add notes posts that failed, the first of which began at a time.
func (t *tally) add(delivery any, posts int, since time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.tries == nil {
		t.tries = make(map[any]tried)
	}
	before, known := t.tries[delivery]
	if known {
		since = before.since
	}
	t.tries[delivery] = tried{before.posts + posts, since}
}

// take returns what was done, and forgets it.
func (t *tally) take(delivery any) tried {
	t.mu.Lock()
	defer t.mu.Unlock()
	found := t.tries[delivery]
	delete(t.tries, delivery)
	return found
}
