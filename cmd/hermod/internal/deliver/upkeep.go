package deliver

import (
	"sync"
	"time"

	"hermod/cmd/hermod/internal/fleet"
)

// upkeep is what the fleet is told of a bot's processes: whether they stay up, and what was counted. Its methods may be
// called from any goroutine.
type upkeep struct {
	report func(fleet.Health)

	mu     sync.Mutex
	health fleet.Health
}

func (u *upkeep) change(how func(*fleet.Health)) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before := u.health
	if how(&u.health); u.health != before {
		u.report(u.health)
	}
}

// ended says that a process ended, or could not be started, and that another one follows. The delivery fails from the
// first such end until a process stays up.
func (u *upkeep) ended(err error) {
	u.change(func(h *fleet.Health) {
		if h.Err == "" {
			h.Since = time.Now()
		}
		h.Err, h.Hint = err.Error(), "the log has what the process wrote to its standard error; repair it, or deliver.process"
		h.Restarts++
	})
}

// stays says that a process stays up.
func (u *upkeep) stays() {
	u.change(func(h *fleet.Health) { h.Err, h.Hint, h.Since = "", "", time.Time{} })
}

// dropped counts lines of standard error that were not logged.
func (u *upkeep) dropped(lines uint64) {
	u.change(func(h *fleet.Health) { h.DroppedLines += lines })
}
