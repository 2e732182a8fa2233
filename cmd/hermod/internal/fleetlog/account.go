package fleetlog

import (
	"log/slog"
	"time"

	"hermod/cmd/hermod/internal/fleet"
	"hermod/messages"
)

// account is what is known of each bot, and what the log was told. One goroutine owns it.
type account struct {
	log    *slog.Logger
	budget budget

	bots       map[string]*bot
	connectors map[string]*connector
	groups     map[string]*group // of the connectors that have one of their own and are in trouble
	others     *group            // those in trouble beyond that
	digests    map[string]*digest
}

// bot is one bot of the account.
type bot struct {
	name, connector string
	condition       condition
	status          facts
	starts, ends    uint64    // by which a new failure is told from an old one
	up              time.Time // when it was last seen connected; zero if it never was
	*trouble                  // nil unless it is down
}

// trouble is what the log was told of a bot that is down.
type trouble struct {
	group *group
	since time.Time          // the first failure
	seen  []messages.LinkEnd // the causes that were told
	named bool               // the log has named it
	next  int                // the reminder that comes next
}

// facts are what the account needs of a bot's last status, which is many times as large.
type facts struct {
	state      messages.State
	generation uint64
	skew       time.Duration
	*reasons
}

// reasons are why a bot is not connected, or was not. They are replaced, not changed.
type reasons struct {
	cause           fleet.Cause
	lastError, hint string
	lastEnd         messages.LinkEnd
	code, attempt   int
}

// noReasons are those of all bots that were always well.
var noReasons = new(reasons)

func factsOf(s *fleet.Status) facts {
	f := facts{state: s.State, generation: s.Generation, skew: s.Skew, reasons: noReasons}
	why := reasons{cause: s.Cause, lastError: s.LastError, hint: s.Hint, lastEnd: s.LastEnd, code: s.CloseCode,
		attempt: s.Attempt}
	if why != *noReasons {
		f.reasons = new(why)
	}
	return f
}

// connector is what bots have in common that dial the same host.
type connector struct {
	bots    int       // those that are to be connected
	ready   time.Time // when a bot of it last connected; zero if none has
	outages uint64

	skew time.Duration // of its clock, as it was last measured; 0 if it never was
	told time.Duration // what the log was told of it; 0 while the clocks agree
}

// condition is what counts of a bot's state.
type condition int

const (
	unknown condition = iota // not connected yet, without a failure
	up
	down  // it failed, and dials again
	ended // it failed for good, or its credential was revoked
	off   // nobody wants it to run
)

func newAccount(log *slog.Logger) *account {
	return &account{log: log, bots: make(map[string]*bot), connectors: make(map[string]*connector),
		groups: make(map[string]*group), others: newGroup(""), digests: make(map[string]*digest)}
}

// note takes a transition down. Transitions may have been left out before it.
func (a *account) note(e fleet.Event, now time.Time) {
	b := a.bots[e.Bot]
	if b == nil {
		if e.Removed {
			return
		}
		b = &bot{name: e.Bot, status: facts{reasons: noReasons}}
		a.bots[e.Bot] = b
	}
	a.move(b, e.Connector)
	before, state := b.condition, b.status.state
	next := b.read(&e.Status)
	if e.Removed {
		next = off
	}
	a.count(b, before, next)
	b.condition = next
	a.compareClocks(b, now)
	a.tell(b, before, state, e.Removed, now)
	if e.Removed {
		delete(a.bots, e.Bot)
	}
}

// move takes notice of a bot that dials another connector from now on.
func (a *account) move(b *bot, to string) {
	if b.connector == to {
		return
	}
	if b.condition == down {
		b.group.leave(b)
		b.condition = unknown
	}
	a.count(b, b.condition, off)
	b.connector = to
	a.count(b, off, b.condition)
}

// count keeps the number of bots that are to be connected to each connector.
func (a *account) count(b *bot, before, after condition) {
	wanted := func(c condition) bool { return c == up || c == down || c == ended }
	if wanted(before) == wanted(after) {
		return
	}
	c := a.connectors[b.connector]
	if c == nil {
		c = new(connector)
		a.connectors[b.connector] = c
	}
	if wanted(after) {
		c.bots++
	} else if c.bots--; c.bots == 0 && c.outages == 0 {
		delete(a.connectors, b.connector)
	}
}

// read takes a status over and says what it means, given what was known.
func (b *bot) read(s *fleet.Status) condition {
	ends := uint64(0)
	for _, n := range s.Ends {
		ends += n
	}
	failed := ends > b.ends || s.Starts != b.starts && ends > 0
	before := b.status
	b.status, b.starts, b.ends = factsOf(s), s.Starts, ends
	if s.LastError == "" && b.condition == down { // a new start of it knows nothing of the old one's trouble
		why := *b.status.reasons
		why.lastError, why.hint, why.lastEnd = before.lastError, before.hint, before.lastEnd
		b.status.reasons = new(why)
	}
	switch s.State {
	case messages.Ready, messages.Dormant:
		return up
	case messages.Failed:
		return ended
	case messages.Disabled:
		if s.Cause == fleet.Revoked {
			return ended
		}
		return off
	case fleet.Draining:
		if s.PlatformState == messages.Disabled.Platform() {
			return off
		}
		return keep(b.condition)
	case messages.Backoff:
		return down
	case fleet.Starting:
		failed = b.status.lastError != "" && b.condition != down
	}
	if failed || b.condition == down {
		return down
	}
	return unknown
}

// keep is the condition of a bot that gives way to a new start of itself.
func keep(c condition) condition {
	if c == down {
		return down
	}
	return unknown
}

// tell gives the log what follows from a change of condition; state is the one before.
func (a *account) tell(b *bot, before condition, state messages.State, removed bool, now time.Time) {
	if before == down && b.condition != down {
		a.recovered(b, now)
	}
	switch {
	case removed:
		a.digest("left the fleet", slog.LevelInfo, b, now)
	case b.condition == down:
		a.trouble(b, before != down, now)
	case b.condition == up:
		a.connected(b, before, state, now)
	case b.condition == ended && before != ended:
		text := "the bot has failed and does not dial again"
		if b.status.cause == fleet.Revoked {
			text = "the bot's credential was revoked; it does not dial again"
		}
		a.digest(text, slog.LevelError, b, now)
	case b.condition == off && before != off && b.status.state == messages.Disabled:
		a.digest("disabled", slog.LevelInfo, b, now)
	}
}

func (a *account) connected(b *bot, before condition, state messages.State, now time.Time) {
	b.up = now
	if c := a.connectors[b.connector]; c != nil && b.status.state == messages.Ready {
		c.ready = now
	}
	switch {
	case b.status.state == state:
	case b.status.state == messages.Dormant:
		a.digest("dormant", slog.LevelInfo, b, now)
	case before != down && before != up:
		a.digest("ready", slog.LevelInfo, b, now)
	}
}

// remind tells what is due by time.
func (a *account) remind(now time.Time) {
	for _, g := range a.troubled() {
		a.remindGroup(g, now)
	}
	for text, d := range a.digests {
		a.remindDigest(text, d, now)
	}
}

// flush tells what was counted and not told.
func (a *account) flush(now time.Time) {
	for text, d := range a.digests {
		a.sumUp(text, d, now)
	}
}

// write writes a line if there is room for it.
func (a *account) write(now time.Time, single bool, level slog.Level, text string, attrs ...slog.Attr) bool {
	if !a.budget.allow(now, single) {
		return false
	}
	if dropped := a.budget.dropped; dropped > 0 {
		attrs = append(attrs, slog.Int("lines_dropped", dropped))
		a.budget.dropped = 0
	}
	a.log.LogAttrs(background, level, text, attrs...)
	return true
}
