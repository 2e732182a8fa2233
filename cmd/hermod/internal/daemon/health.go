package daemon

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"hermod/cmd/hermod/internal/config"
	"hermod/cmd/hermod/internal/fleet"
)

// aliveWithin is how soon the fleet must answer to count as alive.
const aliveWithin = 2 * time.Second

// health watches the fleet and says how it is. One goroutine keeps the account; report is what others see of it.
//
// The daemon is ready once its first configuration is applied and every enabled bot of it has been tried: it connected,
// or its dial failed, or it ended. It stays ready, whatever becomes of connections, until it is told to end: a daemon
// that retries is doing its work, and taking it out of service would not help.
type health struct {
	fleet    *fleet.Fleet
	cancel   context.CancelFunc
	expected chan []string
	problems chan error
	stopping chan struct{}
	ended    chan struct{}
	report   atomic.Pointer[report]
}

// report is the account at one moment. What it encodes anybody may see.
type report struct {
	Ready bool `json:"ready"`
	// Untried counts the bots that the readiness waits for.
	Untried  int  `json:"untried"`
	Stopping bool `json:"stopping"`
	// Bots counts those in the fleet, by the word for dashboards.
	Bots map[string]int `json:"-"`
	// ConfigError says why the last reload changed nothing; "" when it did not fail.
	ConfigError string `json:"-"`
}

func newHealth(f *fleet.Fleet) *health {
	ctx, cancel := context.WithCancel(context.Background())
	h := &health{fleet: f, cancel: cancel, expected: make(chan []string), problems: make(chan error),
		stopping: make(chan struct{}), ended: make(chan struct{})}
	h.report.Store(&report{Bots: map[string]int{}})
	go h.run(f.Watch(ctx))
	return h
}

// expect says which bots there are, once they are applied.
func (h *health) expect(cfg *config.Config) {
	var names []string
	for _, bot := range cfg.Bots {
		if bot.Enabled {
			names = append(names, bot.Name)
		}
	}
	tell(h, h.expected, names)
}

// reloaded says how a reload went.
func (h *health) reloaded(err error) { tell(h, h.problems, err) }

// tell gives the goroutine something to note, unless it has ended with the fleet.
func tell[T any](h *health, to chan<- T, news T) {
	select {
	case to <- news:
	case <-h.ended:
	}
}

// end makes the daemon unready; wait returns when nobody watches the fleet any more.
func (h *health) end() { close(h.stopping) }

func (h *health) wait() {
	h.cancel()
	<-h.ended
}

// account is what the goroutine of health keeps.
type account struct {
	untried  map[string]bool   // nil until the first configuration is applied
	tried    map[string]bool   // those that were before it was
	words    map[string]string // by bot
	counts   map[string]int    // of bots, by word
	problem  error
	stopping bool
}

func (h *health) run(events <-chan fleet.Event) {
	defer close(h.ended)
	a := newAccount()
	stopping := h.stopping
	for {
		select {
		case event, ok := <-events:
			if !ok {
				return
			}
			a.note(event)
		case names := <-h.expected:
			a.expect(names)
		case a.problem = <-h.problems:
		case <-stopping:
			a.stopping, stopping = true, nil
		}
		h.report.Store(a.report())
	}
}

func newAccount() *account {
	return &account{tried: make(map[string]bool), words: make(map[string]string), counts: make(map[string]int)}
}

func (a *account) expect(names []string) {
	if a.untried != nil {
		return
	}
	a.untried = make(map[string]bool)
	for _, name := range names {
		if !a.tried[name] {
			a.untried[name] = true
		}
	}
	a.tried = nil
}

func (a *account) note(e fleet.Event) {
	if before, known := a.words[e.Bot]; known {
		if a.counts[before]--; a.counts[before] == 0 {
			delete(a.counts, before)
		}
		delete(a.words, e.Bot)
	}
	if e.Removed {
		delete(a.untried, e.Bot)
		return
	}
	a.words[e.Bot] = e.Status.PlatformState
	a.counts[e.Status.PlatformState]++
	if e.Status.PlatformState == "retrying" && e.Status.LastError == "" {
		return
	}
	if a.untried[e.Bot] {
		if delete(a.untried, e.Bot); len(a.untried) == 0 {
			a.untried = map[string]bool{} // a map does not shrink
		}
	}
	if a.tried != nil {
		a.tried[e.Bot] = true
	}
}

func (a *account) report() *report {
	r := &report{Bots: maps.Clone(a.counts), Untried: len(a.untried), Stopping: a.stopping}
	if a.problem != nil {
		r.ConfigError = a.problem.Error()
	}
	r.Ready = a.untried != nil && len(a.untried) == 0 && !a.stopping
	return r
}

// alive says whether the fleet answers.
func (h *health) alive() bool {
	answered := make(chan struct{})
	go func() {
		h.fleet.Bot("")
		close(answered)
	}()
	limit := time.NewTimer(aliveWithin)
	defer limit.Stop()
	select {
	case <-answered:
		return true
	case <-limit.C:
		return false
	}
}

// sentence sums the fleet up for people.
func (h *health) sentence() string {
	now := h.report.Load()
	total, parts := 0, []string{}
	for _, word := range slices.Sorted(maps.Keys(now.Bots)) {
		total += now.Bots[word]
		parts = append(parts, fmt.Sprintf("%d %s", now.Bots[word], word))
	}
	text := fmt.Sprintf("%d bots", total)
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	if now.ConfigError != "" {
		text += "; the last reload changed nothing, see the log"
	}
	return text
}
