package deliver

import (
	"sync"
	"sync/atomic"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// upkeep is what the fleet is told of a bot's processes: whether they stay up and read, and what was counted. Its
// methods may be called from any goroutine.
type upkeep struct {
	report func(fleet.Health)

	mu     sync.Mutex
	health fleet.Health
}

const (
	hintProcess = "the log has what the process wrote to its standard error; repair it, or deliver.process"
	hintUnread  = "the process is busy or hangs: see what it does; events wait meanwhile"
)

func (u *upkeep) change(how func(*fleet.Health)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := u.health
	if how(&u.health); u.health != before {
		u.report(u.health)
	}
}

// ended says that a process ended, or could not be started, and when another one follows. The delivery fails from the
// first such end until a process stays up.
func (u *upkeep) ended(err error, next time.Time) {
	u.change(func(h *fleet.Health) {
		if h.State != fleet.Failing {
			h.State, h.Since = fleet.Failing, time.Now()
		}
		h.Err, h.Hint, h.NextProbe = err.Error(), hintProcess, next
		h.Failures++
		h.Restarts++
	})
}

// starts says that the process that was to follow runs.
func (u *upkeep) starts() {
	u.change(func(h *fleet.Health) { h.NextProbe = time.Time{} })
}

// stays says that a process stays up.
func (u *upkeep) stays() {
	u.change(func(h *fleet.Health) {
		if h.State == fleet.Failing {
			works(h)
		}
	})
}

// unread says that a process has not read what was written to it since then, unless it has read it meanwhile; reads,
// that it does again.
func (u *upkeep) unread(since time.Time, read *atomic.Bool) {
	u.change(func(h *fleet.Health) {
		if h.State == "" && !read.Load() {
			h.State, h.Since = fleet.Unread, since
			h.Err, h.Hint = "the process does not read its standard input, where events wait", hintUnread
		}
	})
}

func (u *upkeep) reads() {
	u.change(func(h *fleet.Health) {
		if h.State == fleet.Unread {
			works(h)
		}
	})
}

// works forgets what was wrong.
func works(h *fleet.Health) { *h = fleet.Health{Restarts: h.Restarts, DroppedLines: h.DroppedLines} }

// dropped counts lines of standard error that were not logged.
func (u *upkeep) dropped(lines uint64) {
	u.change(func(h *fleet.Health) { h.DroppedLines += lines })
}

// now is the health as it was told last.
func (u *upkeep) now() fleet.Health {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.health
}
