package actors_test

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// simLedger is the model: it writes down what was put on the wire, what handlers did and what came back, and knows
// which of that must not be. It is small on purpose: it follows deliveries and requests one by one and nothing else.
type simLedger struct {
	mu     sync.Mutex
	begun  time.Time
	trace  []string
	faults []string

	hasDeadLetter bool
	tries         int
	maxHandlers   int

	copies   []*simCopy // by serial
	lanes    map[string]*simLane
	running  int
	requests map[string]*simRequest
	over     map[int]time.Time // when each connection ended, by its number
	deaf     bool              // the relay may stop reading, and then does not see the end of a connection

	handled, deadLettered, abandoned uint64
}

// simItem is one thing that happened on the platform, however often the connector tells of it.
type simItem struct {
	name    string
	lane    string
	keyed   bool // copies of it can be recognised
	poison  bool // it cannot be decoded
	settled bool // a handler took it
	givenUp bool // nobody took it once: it may come again, and out of order
	copies  int  // how many were transmitted, first the serial of the first
	first   int
}

// simCopy is one transmission of an item; its serial is its place on the wire.
type simCopy struct {
	serial   int
	item     *simItem
	conn     int
	bufferID string
	tries    int
	settled  bool
	letters  int
}

// simLane is what handlers did in one lane.
type simLane struct {
	running bool
	last    int // serial of the newest copy that a handler began
}

func newLedger() *simLedger {
	return &simLedger{begun: time.Now(), lanes: make(map[string]*simLane), requests: make(map[string]*simRequest),
		over: make(map[int]time.Time)}
}

func (l *simLedger) note(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noted(format, args...)
}

func (l *simLedger) noted(format string, args ...any) {
	l.trace = append(l.trace, fmt.Sprintf("%12v  ", time.Since(l.begun))+fmt.Sprintf(format, args...))
}

func (l *simLedger) fault(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faulty(format, args...)
}

func (l *simLedger) faulty(format string, args ...any) {
	l.noted("FAULT "+format, args...)
	l.faults = append(l.faults, fmt.Sprintf(format, args...))
}

// transmit numbers a copy of an item that goes over a connection next.
func (l *simLedger) transmit(item *simItem, conn int, bufferID string) *simCopy {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := &simCopy{serial: len(l.copies), item: item, conn: conn, bufferID: bufferID}
	if item.copies++; item.copies == 1 {
		item.first = c.serial
	}
	l.copies = append(l.copies, c)
	l.noted("conn %d ◀ copy %d of %s in %s, buffer id %q", conn, c.serial, item.name, item.lane, bufferID)
	return c
}

// copyOf finds the copy behind a serial. Copies of a forward are alike and have the serial of the first: it may be any
// that had so many tries. Alone says that it can be no other.
func (l *simLedger) copyOf(serial, tries int) (found *simCopy, alone bool) {
	found = l.copies[serial]
	if found.item.lane != passthroughLane {
		return found, true
	}
	copies, fits := 0, false
	for _, c := range l.copies[serial:] {
		if c.item != found.item {
			continue
		}
		copies++
		if !fits && !c.settled && c.letters == 0 && c.tries == tries {
			found, fits = c, true
		}
	}
	return found, copies == 1
}

// begin judges that a handler was given a copy.
func (l *simLedger) begin(serial, try int, bufferID string) *simCopy {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, alone := l.copyOf(serial, try-1)
	serial = c.serial
	l.noted("handler gets copy %d of %s, try %d", serial, c.item.name, try)
	if c.item.keyed && c.item.settled {
		l.faulty("%s came to a handler after it was handled", c.item.name)
	}
	if c.settled || c.letters > 0 {
		l.faulty("copy %d of %s came to a handler after it was settled", serial, c.item.name)
	}
	if c.bufferID != bufferID {
		l.faulty("copy %d of %s came with the buffer id %q instead of %q", serial, c.item.name, bufferID, c.bufferID)
	}
	if c.tries++; try != c.tries || try > l.tries {
		l.faulty("copy %d of %s came as try %d, but it is the %d. of %d", serial, c.item.name, try, c.tries, l.tries)
	}
	lane := l.enterLane(c)
	if try == 1 && !c.item.givenUp && alone {
		if c.serial < lane.last {
			l.faulty("copy %d of %s came after copy %d of its lane", serial, c.item.name, lane.last)
		}
		lane.last = c.serial
	}
	return c
}

func (l *simLedger) enterLane(c *simCopy) *simLane {
	lane := l.lanes[c.item.lane]
	if lane == nil {
		lane = &simLane{last: -1}
		l.lanes[c.item.lane] = lane
	}
	if lane.running {
		l.faulty("two handlers run in the lane %s", c.item.lane)
	}
	lane.running = true
	if l.running++; l.running > l.maxHandlers {
		l.faulty("%d handlers run at once", l.running)
	}
	return lane
}

// end judges how a handler ended; ok says that it took the copy.
func (l *simLedger) end(c *simCopy, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaveLane(c)
	l.noted("handler ends copy %d of %s, taken: %v", c.serial, c.item.name, ok)
	switch {
	case ok:
		l.handled++
		c.settled, c.item.settled = true, true
	case c.tries >= l.tries && !l.hasDeadLetter:
		l.abandoned++
		c.item.givenUp = true
	}
}

func (l *simLedger) leaveLane(c *simCopy) {
	l.lanes[c.item.lane].running = false
	l.running--
}

// beginLetter judges that the dead-letter handler was given a copy.
// handlers is how many handlers run, without those of interrupts.
func (l *simLedger) handlers() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(l.running)
}

func (l *simLedger) beginLetter(serial, tries int) *simCopy {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, _ := l.copyOf(serial, tries)
	serial = c.serial
	l.noted("dead-letter handler gets copy %d of %s", serial, c.item.name)
	if c.settled || c.item.keyed && c.item.settled {
		l.faulty("%s became a dead letter after it was handled", c.item.name)
	}
	if c.letters++; c.letters > 1 {
		l.faulty("copy %d of %s became a dead letter twice", serial, c.item.name)
	}
	if tries != c.tries {
		l.faulty("dead letter of copy %d of %s says %d tries instead of %d", serial, c.item.name, tries, c.tries)
	}
	l.enterLane(c)
	return c
}

func (l *simLedger) endLetter(c *simCopy, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leaveLane(c)
	l.noted("dead-letter handler ends copy %d of %s, taken: %v", c.serial, c.item.name, ok)
	if ok {
		l.deadLettered++
		c.settled, c.item.settled = true, true
		return
	}
	l.abandoned++
	c.item.givenUp = true
}

// ended notes the end of a connection.
func (l *simLedger) ended(conn int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noted("conn %d is over", conn)
	l.over[conn] = time.Now()
}

// acked judges an acknowledgement that came over a connection, the n-th there for its buffer id.
func (l *simLedger) acked(conn int, bufferID string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.noted("conn %d ▶ ack of %s", conn, bufferID)
	brought, settled := 0, 0
	for _, c := range l.copies {
		if c.conn != conn || c.bufferID != bufferID {
			continue
		}
		brought++
		if c.settled || c.item.keyed && c.item.settled || c.item.poison && !l.hasDeadLetter {
			settled++
		}
	}
	switch {
	case n > brought:
		l.faulty("%d acknowledgements of %s over connection %d, which brought it %d times", n, bufferID, conn, brought)
	case n > settled:
		l.faulty("%d acknowledgements of %s over connection %d, where %d were settled", n, bufferID, conn, settled)
	}
}

func (l *simLedger) report() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.trace, "\n")
}
