package fleet_test

import (
	"fmt"
	"sync"
	"time"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/messages"
)

// simJudge follows what the fleet says of each bot, and holds it to that:
//
//   - a bot that is said to sleep, or to be disabled or failed, does not dial until somebody asks for it, however long;
//   - one that is said to wait for its next dial does not dial before;
//   - what an answer says is what the next status says, and what watchers were told last is what the status says;
//   - two connections, or two deliverers, of one bot are never there at once, and a deliverer is closed once;
//   - a bot that is removed ends in time, and so does the fleet.
type simJudge struct {
	mu     sync.Mutex
	begun  time.Time
	events []string
	faults []string
	bots   map[string]*simBot
	last   map[string]fleet.Event // what a watcher was told last
}

// simBot is what the judge knows of one bot.
type simBot struct {
	orders int       // orders, reloads and crashes so far: what was said before them holds no more
	silent string    // why the bot must not dial; "" when it may
	until  time.Time // when it may all the same; zero for never
	known  bool      // asleep is what the fleet said since the last order
	asleep bool

	open       int
	deliverers map[*fleet.Bot]int // that are not closed
}

func newJudge() *simJudge {
	return &simJudge{begun: time.Now(), bots: make(map[string]*simBot), last: make(map[string]fleet.Event)}
}

func (j *simJudge) note(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.add(&j.events, format, args...)
}

func (j *simJudge) fault(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.add(&j.events, "FAULT "+format, args...)
	j.add(&j.faults, format, args...)
}

func (j *simJudge) add(to *[]string, format string, args ...any) {
	*to = append(*to, fmt.Sprintf("%12v  ", time.Since(j.begun))+fmt.Sprintf(format, args...))
}

// of returns the judge's view of a bot; the lock is held.
func (j *simJudge) of(name string) *simBot {
	b := j.bots[name]
	if b == nil {
		b = &simBot{deliverers: make(map[*fleet.Bot]int)}
		j.bots[name] = b
	}
	return b
}

// order forgets what was said of a bot, before something is asked of it, and returns the order's number.
func (j *simJudge) order(name string) int {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.of(name)
	b.orders++
	b.silent, b.until, b.known = "", time.Time{}, false
	return b.orders
}

// stands says whether nothing was asked of the bot since that order.
func (j *simJudge) stands(name string, order int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.of(name).orders == order
}

// sleeps holds the fleet to its answer that a bot sleeps.
func (j *simJudge) sleeps(name string, order int) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.of(name)
	if b.orders != order {
		return false
	}
	b.known, b.asleep, b.silent, b.until = true, true, "it sleeps", time.Time{}
	return true
}

// said holds the fleet to a status that it gives while nothing moves.
func (j *simJudge) said(name string, s fleet.Status) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.of(name)
	b.silent, b.until = "", time.Time{}
	switch {
	case s.State == messages.Disabled || s.State == messages.Failed:
		b.silent = "it is " + string(s.State)
	case s.Asleep:
		b.silent = "it sleeps"
	case s.State == messages.Backoff || s.State == messages.Dormant:
		b.silent, b.until = "it waits", s.NextDial
	}
	if !b.known {
		b.known, b.asleep = true, s.Asleep
	}
	if b.asleep != s.Asleep || b.asleep && s.State != messages.Dormant {
		j.add(&j.faults, "%s: asleep %v, but the status is %s, asleep %v", name, b.asleep, s.State, s.Asleep)
	}
	if told, known := j.last[name]; !known || told.Removed || told.Status.State != s.State ||
		told.Status.Asleep != s.Asleep || told.Status.Cause != s.Cause {
		j.add(&j.faults, "%s: watchers were told %s (%s), asleep %v, removed %v; the status is %s (%s), asleep %v", name,
			told.Status.State, told.Status.Cause, told.Status.Asleep, told.Removed, s.State, s.Cause, s.Asleep)
	}
}

func (j *simJudge) told(e fleet.Event) {
	j.note("%s is %s (%s), asleep %v, removed %v: %s", e.Bot, e.Status.State, e.Status.Cause, e.Status.Asleep, e.Removed, e.Status.LastError)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.last[e.Bot] = e
}

// dials judges a dial at its begin.
func (j *simJudge) dials(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	b := j.of(name)
	j.add(&j.events, "%s dials", name)
	if b.silent != "" && (b.until.IsZero() || time.Now().Before(b.until)) {
		j.add(&j.faults, "%s dials although %s", name, b.silent)
	}
	b.silent = ""
}

// opened and closed count a bot's connections at the gateway's end.
func (j *simJudge) opened(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.of(name).open++; j.of(name).open > 1 {
		j.add(&j.faults, "%s has %d connections", name, j.of(name).open)
	}
}

func (j *simJudge) closed(name string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.of(name).open--
}

// delivers counts a bot's deliverers: n is 1 for a new one and -1 for one that closes.
func (j *simJudge) delivers(bot *fleet.Bot, n int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	of := j.of(bot.Name()).deliverers
	if of[bot] += n; of[bot] < 0 || of[bot] > 1 {
		j.add(&j.faults, "%s has %d deliverers", bot.Name(), of[bot])
	}
}

// settled judges what is left after the fleet's end.
func (j *simJudge) settled() {
	j.mu.Lock()
	defer j.mu.Unlock()
	for name, b := range j.bots {
		for _, n := range b.deliverers {
			if n != 0 {
				j.add(&j.faults, "%d deliverers of %s were never closed", n, name)
			}
		}
		if b.open != 0 {
			j.add(&j.faults, "%d connections of %s were never closed", b.open, name)
		}
	}
}

// want judges an answer.
func (j *simJudge) want(holds bool, name, order string, s fleet.Status) {
	if !holds {
		j.fault("%s: after %s the status is %s, %s (%s), asleep %v", name, order, s.State, s.PlatformState, s.Cause, s.Asleep)
	}
}
