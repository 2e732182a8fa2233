package connector_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/gobwas/ws"

	"hermod/connector"
	"hermod/wire"
)

// model drives one gateway, of the released kind, through a random schedule and knows what must come next.
type model struct {
	t       *testing.T
	cfg     connector.Config
	c       *connector.Connector
	g       *client // nil while away
	idle    bool
	revoked bool
	known   bool // that the gateway takes 1 MiB at most
	unread  bool // the entry in flight was not read yet
	pending []pendingEntry
	aside   []pendingEntry
	inARow  int // set aside since the last acknowledgement
	n       int
}

type pendingEntry struct {
	n              int
	text, bufferID string
	command, large bool
	lost           int // connections that ended while it was in flight
}

func TestRandomSchedulesLoseNothingAndKeepOrder(t *testing.T) {
	for seed := range uint64(10) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				random := rand.New(rand.NewPCG(seed, 0))
				m := &model{t: t, cfg: connector.Config{DataDir: t.TempDir(), Live: seed%3 > 0, Window: 1}}
				m.start()
				steps := []func(){m.inject, m.inject, m.inject, m.command, m.injectLarge, m.connect, m.connect,
					m.receive, m.receive, m.receive, m.leave, m.leave, m.cut, m.sleep, m.restart, m.revoke,
					m.takeOver, m.takeOver, m.flap, m.replay, m.discard}
				for range 60 {
					steps[random.IntN(len(steps))]()
				}
				m.finish()
			})
		})
	}
}

func (m *model) start() {
	m.cfg.Listener = listenInMemory()
	m.c = start(m.t, m.cfg)
	m.idle, m.known, m.inARow = false, false, 0
	for i := range m.pending {
		m.pending[i].lost = 0
	}
}

func (m *model) inject() { m.deliver(false) }

func (m *model) command() { m.deliver(true) }

func (m *model) deliver(command bool) {
	m.n++
	e := pendingEntry{n: m.n, text: fmt.Sprint("event ", m.n), command: command}
	wantLive := m.g != nil && !m.idle && len(m.pending) == 0 && m.cfg.Live
	var d connector.Delivery
	var err error
	if command {
		d, err = m.c.Passthrough("", event(e.text))
	} else {
		d, err = m.c.Inject("", event(e.text))
	}
	if err != nil || d.Live != wantLive {
		m.t.Fatalf("%s: delivered %+v, %v, want live: %v", e.text, d, err, wantLive)
	}
	if d.Live {
		m.read(e)
		return
	}
	e.bufferID = d.BufferID
	m.pending = append(m.pending, e)
	m.unread = m.unread || m.g != nil && !m.idle && len(m.pending) == 1
}

// read reads a delivery, with the bufferId that it must have.
func (m *model) read(e pendingEntry) {
	if !e.command {
		if id := m.g.expectEvent(e.text); id != e.bufferID {
			m.t.Fatalf("%s came as %q, want %q", e.text, id, e.bufferID)
		}
		return
	}
	got := m.g.expect("passthrough_forward")
	if got.BufferID != e.bufferID || string(got.Forward) != string(event(e.text)) {
		m.t.Fatalf("%s came as %q: %s", e.text, got.BufferID, got.Forward)
	}
}

func (m *model) injectLarge() {
	d, err := m.c.Inject("", sized(1<<20))
	if m.known != errors.Is(err, connector.ErrTooLargeForGateway) {
		m.t.Fatalf("a large event: %+v, %v; the gateway is known: %v", d, err, m.known)
	}
	if err == nil {
		m.n++
		m.pending = append(m.pending, pendingEntry{n: m.n, bufferID: d.BufferID, large: true})
	}
}

func (m *model) connect() {
	switch {
	case m.g != nil:
	case m.revoked:
		if err := m.c.Restore(""); err != nil {
			m.t.Fatal(err)
		}
		m.revoked = false
	default:
		m.greeted(greet(m.t, m.c, ""))
	}
}

func (m *model) greeted(g *client) {
	m.g, m.idle, m.known = g, false, true
	m.flow()
}

// flow notes what is sent once nothing is in flight: what is too large is set aside on the way.
func (m *model) flow() {
	m.unread = false
	if m.idle {
		return
	}
	for len(m.pending) > 0 && m.pending[0].large {
		m.setAside()
	}
	m.unread = len(m.pending) > 0
}

func (m *model) setAside() {
	m.aside = append(m.aside, m.pending[0])
	m.pending = m.pending[1:]
}

// receive reads what is due and settles it.
func (m *model) receive() {
	if m.g == nil || !m.unread {
		return
	}
	m.read(m.pending[0])
	m.settle(m.ping())
}

// ping reads the ping that follows a command.
func (m *model) ping() (payload []byte) {
	if !m.pending[0].command {
		return nil
	}
	f, err := m.g.read()
	if err != nil || f.Header.OpCode != ws.OpPing || len(f.Payload) == 0 {
		m.t.Fatalf("behind a command came op %x %q, %v", f.Header.OpCode, f.Payload, err)
	}
	return f.Payload
}

// settle acknowledges the first pending entry, or answers the ping behind it, which a cut could prevent until the
// connector has read it.
func (m *model) settle(ping []byte) {
	if ping != nil {
		m.g.frame(ws.OpPong, true, ping)
	} else {
		m.g.ack(m.pending[0].bufferID)
		m.inARow = 0
	}
	m.pending = m.pending[1:]
	m.flow()
	eventually(m.t, m.c, connector.DefaultGateway, buffered(len(m.pending)))
}

// lose notes that the connection ended by nobody's wish.
func (m *model) lose() {
	if !m.unread {
		return
	}
	if m.pending[0].lost++; m.pending[0].lost >= 5<<min(m.inARow, 6) {
		m.inARow++
		m.setAside()
	}
}

// away notes that the session has ended.
func (m *model) away() {
	m.g.leave()
	m.g, m.unread = nil, false
}

func (m *model) leave() {
	if m.g == nil {
		return
	}
	synctest.Wait() // what is in flight is written
	m.lose()
	m.away()
	eventually(m.t, m.c, connector.DefaultGateway, func(s connector.GatewayState) bool { return !s.Connected })
}

// flap loses the connection again and again.
func (m *model) flap() {
	for range 3 {
		m.leave()
		m.connect()
	}
}

// takeOver dials again while the old session answers nothing.
func (m *model) takeOver() {
	if m.g == nil {
		return
	}
	old := m.g
	synctest.Wait()
	g := greet(m.t, m.c, "")
	m.lose()
	old.leave()
	m.greeted(g)
}

func (m *model) cut() {
	if m.g == nil {
		return
	}
	if err := m.c.Cut(""); err != nil {
		m.t.Fatal(err)
	}
	m.away()
}

func (m *model) sleep() {
	if m.g == nil {
		return
	}
	m.g.send(wire.AppendGoingIdle(nil))
	m.idle = true
	if m.unread {
		m.read(m.pending[0])
		ping := m.ping()
		m.g.expect("going_idle_ack")
		m.settle(ping)
	} else {
		m.g.expect("going_idle_ack")
	}
	m.g.expectSilence()
}

func (m *model) restart() {
	m.leave()
	stop(m.t, m.c)
	m.start()
}

func (m *model) revoke() {
	if m.g == nil {
		return
	}
	if err := m.c.Revoke(""); err != nil {
		m.t.Fatal(err)
	}
	m.revoked = true
	m.away()
}

// replay puts the oldest that is set aside back, in its place.
func (m *model) replay() {
	if len(m.aside) == 0 || m.unread { // one that is in flight would no longer be the first
		return
	}
	e := m.aside[0]
	err := m.c.Replay("", e.bufferID)
	refused := errors.Is(err, connector.ErrTooLargeForGateway)
	if refused != (e.large && m.known) || err != nil && !refused {
		m.t.Fatalf("replaying %+v: %v", e, err)
	}
	if err != nil {
		return
	}
	m.aside = m.aside[1:]
	e.lost = 0
	at := slices.IndexFunc(m.pending, func(other pendingEntry) bool { return other.n > e.n })
	if at < 0 {
		at = len(m.pending)
	}
	m.pending = slices.Insert(m.pending, at, e)
	if m.g != nil && !m.idle {
		m.flow()
	}
}

func (m *model) discard() {
	if len(m.aside) == 0 {
		return
	}
	last := len(m.aside) - 1
	if err := m.c.Discard("", m.aside[last].bufferID); err != nil {
		m.t.Fatal(err)
	}
	m.aside = m.aside[:last]
}

func (m *model) finish() {
	for m.g == nil || m.idle {
		m.leave()
		m.connect()
	}
	for len(m.pending) > 0 {
		m.receive()
	}
	m.g.expectSilence()
	var want []string
	for _, e := range m.aside {
		want = append(want, e.bufferID)
	}
	if got := aside(m.t, m.c); !slices.Equal(slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))) {
		m.t.Fatalf("set aside: %v, want %v", got, want)
	}
	if s := m.c.State()[connector.DefaultGateway]; s.Buffered != 0 || s.SetAside != len(want) {
		m.t.Fatalf("all is acknowledged and the state is %+v", s)
	}
	m.leave()
}
