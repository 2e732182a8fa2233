package demo

import (
	"fmt"
	"strconv"
	"strings"
	"sync"

	"hermod/wire"
)

// ledger counts what the platform and the gateway themselves see, so that the engine's word need not be taken for it.
// Every injected event has a number, which its message id carries. Its methods are safe for concurrent use.
type ledger struct {
	mu    sync.Mutex
	fates []fate // by number
	bots  map[string]*tally
	sum   totals
}

// fate is what became of one event: a set of these.
type fate uint8

const (
	wasInjected fate = 1 << iota
	wasHandled
	wasBuried
)

// totals count events, each once however often it came, and requests.
type totals struct {
	injected, handled, deadLettered int
	duplicates                      int // events that a handler completed again
	sent                            int // requests
}

// tally is one bot's part.
type tally struct {
	injected, handled int
	last              string // who wrote what
}

func newLedger() *ledger { return &ledger{bots: make(map[string]*tally)} }

const idPrefix = "demo-"

// number draws the number of an event that is about to be injected, and its message id.
func (l *ledger) number() (n int, messageID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fates = append(l.fates, 0)
	return len(l.fates) - 1, idPrefix + strconv.Itoa(len(l.fates)-1)
}

// inject says that the connector took the event. Its handler may have been faster.
func (l *ledger) inject(bot string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fates[n] |= wasInjected
	l.sum.injected++
	l.of(bot).injected++
}

// handle says that a handler completed an event.
func (l *ledger) handle(bot string, e *wire.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	t := l.of(bot)
	t.handled++
	t.last = shownEvent(e)
	if !l.mark(e.MessageID, wasHandled) {
		l.sum.duplicates++
		return
	}
	l.sum.handled++
}

// bury says that the dead-letter handler took an event.
func (l *ledger) bury(messageID string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.mark(messageID, wasBuried) {
		l.sum.deadLettered++
	}
}

// send says that a request is about to be sent.
func (l *ledger) send() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sum.sent++
}

func (l *ledger) of(bot string) *tally {
	if l.bots[bot] == nil {
		l.bots[bot] = &tally{}
	}
	return l.bots[bot]
}

// mark adds to an event's fate and reports whether that is news.
func (l *ledger) mark(messageID string, f fate) bool {
	n, err := strconv.Atoi(strings.TrimPrefix(messageID, idPrefix))
	if err != nil || n < 0 || n >= len(l.fates) || l.fates[n]&f != 0 {
		return false
	}
	l.fates[n] |= f
	return true
}

func (l *ledger) totals() totals {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sum
}

func (l *ledger) tally(bot string) tally {
	l.mu.Lock()
	defer l.mu.Unlock()
	return *l.of(bot)
}

func (l *ledger) settled() bool {
	t := l.totals()
	return t.injected == t.handled+t.deadLettered
}

// account is the ledger's part of the account.
func (l *ledger) account() account {
	l.mu.Lock()
	defer l.mu.Unlock()
	a := account{totals: l.sum}
	for n, fate := range l.fates {
		if fate == wasInjected {
			a.missing = append(a.missing, idPrefix+strconv.Itoa(n))
		}
	}
	return a
}

// shownEvent is an event in a few words.
func shownEvent(e *wire.Event) string {
	text := e.Text
	if text == "" || e.MessageType != wire.TypeText && e.MessageType != wire.TypeCommand {
		text = strings.TrimSpace(fmt.Sprintf("[%s] %s", e.MessageType, e.Text))
	}
	return e.Source.ShownName() + ": " + text
}
