package actors_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	json "github.com/goccy/go-json"

	"hermod/wire"
	"hermod/wire/wiretest"
)

// simConnector is a connector with a durable buffer: what was not acknowledged comes again after each handshake, all at
// once or, if it is gated, one entry after the other's acknowledgement. It also misbehaves, as the schedule says.
type simConnector struct {
	run   *simRun
	srv   *wiretest.Server
	gated bool

	mu      sync.Mutex
	conns   int
	conn    *simConn // the newest connection, nil when there is none
	entries []*simEntry
	items   []*simItem
	dials   wiretest.Answer
	revoked bool
	condemn bool // a 4401 or 401 was sent that may end the relay if it had shaken hands
}

// simEntry is a place in the durable buffer.
type simEntry struct {
	bufferID string
	item     *simItem
	padding  int
	acked    bool
}

// simConn is one connection. What goes out waits in a queue, so that nobody waits for a gateway that does not read.
type simConn struct {
	*wiretest.Conn
	number int
	open   bool // a descriptor was sent
	idle   bool // the gateway asked to buffer
	mute   bool // it answers no pings any more
	acks   map[string]int

	mu      sync.Mutex
	changed *sync.Cond
	queue   []simOut
	ended   bool
}

// simOut is bytes to send, something else to do, or the way to end the connection.
type simOut struct {
	frame []byte
	do    func(*wiretest.Conn) error
	end   func(*wiretest.Conn)
}

// serve plays the connector on one connection until it ends.
func (s *simConnector) serve(w *wiretest.Conn) {
	c := s.attach(w)
	defer s.detach(c)
	for {
		line, err := w.ReadFrame()
		if err != nil {
			return
		}
		s.take(c, line)
	}
}

func (s *simConnector) attach(w *wiretest.Conn) *simConn {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns++
	c := &simConn{Conn: w, number: s.conns, acks: make(map[string]int)}
	c.changed = sync.NewCond(&c.mu)
	s.conn = c
	s.run.ledger.note("conn %d opens, revoked: %v", c.number, s.revoked)
	go c.write()
	if s.revoked {
		s.refuse(c)
	}
	return c
}

func (s *simConnector) detach(c *simConn) {
	s.run.ledger.ended(c.number)
	s.mu.Lock()
	if s.conn == c {
		s.conn = nil
	}
	s.mu.Unlock()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	c.changed.Broadcast()
}

func (c *simConn) say(out simOut) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.queue = append(c.queue, out)
	c.changed.Broadcast()
}

func (c *simConn) send(frame []byte) { c.say(simOut{frame: frame}) }

func (c *simConn) write() {
	for {
		c.mu.Lock()
		for len(c.queue) == 0 && !c.ended {
			c.changed.Wait()
		}
		if c.ended {
			c.mu.Unlock()
			return
		}
		out := c.queue[0]
		c.queue = c.queue[1:]
		c.mu.Unlock()
		if out.end != nil {
			out.end(c.Conn)
			return
		}
		if out.do == nil {
			out.do = func(w *wiretest.Conn) error { return w.Send(out.frame) }
		}
		if out.do(c.Conn) != nil {
			return
		}
	}
}

// refuse closes a connection whose credential is revoked; some connectors reset right behind the close frame.
func (s *simConnector) refuse(c *simConn) {
	s.condemn = true
	reset := s.run.pick("reset", c.number).IntN(3) == 0
	c.say(simOut{end: func(w *wiretest.Conn) {
		if reset {
			_ = w.CloseThenReset(wire.CloseUnauthorized, "unauthorized")
			return
		}
		_ = w.CloseWith(wire.CloseUnauthorized, "unauthorized")
	}})
}

func (s *simConnector) take(c *simConn, line []byte) {
	kind, err := wire.Classify(line)
	if err != nil {
		s.run.ledger.fault("the gateway sent a bad frame: %v", err)
		return
	}
	switch kind {
	case wire.KindHello:
		s.takeHello(c, line)
	case wire.KindOutbound:
		s.takeOutbound(c, line)
	case wire.KindInboundAck:
		s.takeAck(c, line)
	case wire.KindGoingIdle:
		s.takeIdle(c)
	case wire.KindInterrupt:
	default:
		s.run.ledger.fault("the gateway sent a frame %s", kind)
	}
}

// takeHello answers with a descriptor: mostly at once, sometimes late, wrong, or never.
func (s *simConnector) takeHello(c *simConn, line []byte) {
	hello, err := wire.DecodeHello(line)
	if err != nil {
		s.run.ledger.fault("bad hello: %v", err)
		return
	}
	descriptor := wire.AppendDescriptor(nil, wiretest.Descriptor(hello.Platform))
	switch mood := s.run.mood("hello", c.number); {
	case mood < 80:
		s.open(c, descriptor)
	case mood < 90:
		time.AfterFunc(s.run.span(40*time.Second, "late hello", c.number), func() { s.open(c, descriptor) })
	case mood < 95:
		c.send([]byte(`{"type":"descriptor","descriptor":{"platform":"discord"}}` + "\n"))
	}
}

// open begins the session and replays what was not acknowledged.
func (s *simConnector) open(c *simConn, descriptor []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.describe(c, descriptor)
	if c.open || s.revoked {
		return
	}
	c.open = true
	for _, e := range s.entries {
		if !e.acked {
			s.deliver(c, e)
			if s.gated {
				return
			}
		}
	}
}

// deliver sends a copy of a buffered entry.
func (s *simConnector) deliver(c *simConn, e *simEntry) {
	copied := s.run.ledger.transmit(e.item, c.number, e.bufferID)
	c.send(frameOf(e.item, copied.serial, e.bufferID, e.padding))
}

func (s *simConnector) takeAck(c *simConn, line []byte) {
	id, err := wire.DecodeInboundAck(line)
	if err != nil {
		s.run.ledger.fault("bad ack: %v", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.acks[id]++
	s.run.ledger.acked(c.number, id, c.acks[id])
	var next *simEntry
	fresh := false
	for _, e := range s.entries {
		if e.bufferID == id && !e.acked {
			e.acked, fresh = true, true
		}
		if !e.acked && next == nil {
			next = e
		}
	}
	if s.gated && fresh && next != nil && c == s.conn && c.open {
		s.deliver(c, next)
	}
}

// takeIdle confirms at once, late, or never.
func (s *simConnector) takeIdle(c *simConn) {
	s.run.ledger.note("conn %d ▶ going idle", c.number)
	confirm := func() {
		s.mu.Lock()
		c.idle = true
		s.mu.Unlock()
		c.send(wire.AppendGoingIdleAck(nil))
	}
	switch mood := s.run.mood("idle", c.number); {
	case mood < 70:
		confirm()
	case mood < 85:
		time.AfterFunc(s.run.span(15*time.Second, "late idle", c.number), confirm)
	}
}

// takeOutbound answers a request: once, twice, late, without sense, or never.
func (s *simConnector) takeOutbound(c *simConn, line []byte) {
	out, err := wire.DecodeOutbound(line)
	if err != nil {
		s.run.ledger.fault("bad outbound: %v", err)
		return
	}
	var action struct{ Content string }
	data, _ := json.Marshal(out.Action)
	_ = json.Unmarshal(data, &action)
	name, _, _ := strings.Cut(action.Content, " ")
	s.run.ledger.seen(name, c.number)
	answer := func(n int) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.conn == nil {
			return
		}
		id := s.run.ledger.answered(name, n, s.conn.number)
		result := wire.ParseResult([]byte(fmt.Sprintf(`{"success":true,"message_id":%q}`, id)))
		s.conn.send(wire.AppendOutboundResult(nil, out.RequestID, result))
	}
	switch mood := s.run.mood("answer", name); {
	case mood < 50:
		answer(1)
	case mood < 60:
		answer(1)
		answer(2)
	case mood < 85:
		time.AfterFunc(s.run.span(40*time.Second, "late", name), func() { answer(1); answer(2) })
	case mood < 90:
		c.send([]byte(fmt.Sprintf(`{"type":"outbound_result","requestId":%q,"result":5}`+"\n", out.RequestID)))
	}
}

// happen makes an item that the connector tells of, as a buffered entry or live.
func (s *simConnector) happen(item *simItem, buffered bool, padding int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.items = append(s.items, item)
	s.tell(item, buffered, padding)
}

// tell delivers an item: live only to an open session, buffered as soon as it can be.
func (s *simConnector) tell(item *simItem, buffered bool, padding int) {
	ready := s.conn != nil && s.conn.open && !s.conn.idle
	if !buffered {
		if ready {
			s.deliver(s.conn, &simEntry{item: item, padding: padding})
		}
		return
	}
	blocked := false
	for _, e := range s.entries {
		blocked = blocked || s.gated && !e.acked
	}
	e := &simEntry{bufferID: fmt.Sprintf("b%d", len(s.entries)), item: item, padding: padding}
	s.entries = append(s.entries, e)
	if ready && !blocked {
		s.deliver(s.conn, e)
	}
}

// repeat tells of an item once more, under the same buffer id, a new one, or none.
func (s *simConnector) repeat(which, how int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if how == 0 && len(s.entries) > 0 {
		if e := s.entries[which%len(s.entries)]; s.conn != nil && s.conn.open {
			s.deliver(s.conn, e)
		}
		return
	}
	if len(s.items) == 0 {
		return
	}
	if item := s.items[which%len(s.items)]; item.lane != passthroughLane {
		s.tell(item, how == 1, 0)
	}
}

// end ends the newest connection in a way of the schedule's choice.
func (s *simConnector) end(how string, end func(*wiretest.Conn), orderly bool) {
	s.mu.Lock()
	c := s.conn
	s.mu.Unlock()
	if c == nil {
		return
	}
	s.run.ledger.note("conn %d ends: %s", c.number, how)
	if orderly {
		c.say(simOut{end: end})
		return
	}
	end(c.Conn)
}

// revoke refuses the gateway from now on.
func (s *simConnector) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run.ledger.note("the credential is revoked")
	s.revoked = true
	if s.conn != nil {
		s.refuse(s.conn)
	}
}

// answerDials says what becomes of dials from now on.
func (s *simConnector) answerDials(what string, a wiretest.Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run.ledger.note("dials are %s", what)
	s.condemn = s.condemn || what == "refused with 401" // two in a row end a relay that had shaken hands
	s.dials = a
}

func (s *simConnector) decide(n int) wiretest.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.run.ledger.note("dial %d", n)
	return s.dials
}

// troubles are what may become of dials.
var troubles = []struct {
	name   string
	answer wiretest.Answer
}{
	{"refused", wiretest.Refused(nil)},
	{"left alone", wiretest.HungDial()},
	{"left without an upgrade", wiretest.HungUpgrade()},
	{"refused with 503", wiretest.Rejected(http.StatusServiceUnavailable)},
	{"refused with 401", wiretest.Rejected(http.StatusUnauthorized)},
	{"not resolved", wiretest.Refused(errors.New("no such host"))},
}
