package connector_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"hermod/connector"
	"hermod/wire"
)

// model drives one gateway through a random schedule and knows what must come next.
type model struct {
	t       *testing.T
	cfg     connector.Config
	c       *connector.Connector
	g       *client // nil while away
	idle    bool
	revoked bool
	unread  bool // the entry in flight was not read yet
	pending []pendingEntry
	n       int
}

type pendingEntry struct{ text, bufferID string }

func TestRandomSchedulesLoseNothingAndKeepOrder(t *testing.T) {
	for seed := range uint64(16) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			cfg := connector.Config{DataDir: t.TempDir(), Live: seed%3 > 0, Window: 1}
			m := &model{t: t, cfg: cfg, c: start(t, cfg)}
			steps := []func(){m.inject, m.inject, m.inject, m.connect, m.connect, m.receive, m.receive, m.receive,
				m.leave, m.cut, m.sleep, m.restart, m.revoke}
			for range 80 {
				steps[random.IntN(len(steps))]()
			}
			m.finish()
		})
	}
}

func (m *model) inject() {
	m.n++
	text := fmt.Sprint("event ", m.n)
	wantLive := m.g != nil && !m.idle && len(m.pending) == 0 && m.cfg.Live
	d := inject(m.t, m.c, text)
	if d.Live != wantLive {
		m.t.Fatalf("%s: delivered %+v, want live: %v", text, d, wantLive)
	}
	if d.Live {
		if id := m.g.expectEvent(text); id != "" {
			m.t.Fatalf("a live event carries bufferId %q", id)
		}
		return
	}
	m.pending = append(m.pending, pendingEntry{text, d.BufferID})
	m.unread = m.unread || m.g != nil && !m.idle && len(m.pending) == 1
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
		m.g, m.idle = greet(m.t, m.c, ""), false
		m.unread = len(m.pending) > 0
	}
}

// receive reads what is due and acknowledges it.
func (m *model) receive() {
	if m.g == nil || !m.unread {
		return
	}
	due := m.pending[0]
	if id := m.g.expectEvent(due.text); id != due.bufferID {
		m.t.Fatalf("%s came as %q, want %q", due.text, id, due.bufferID)
	}
	m.acknowledge()
	m.unread = len(m.pending) > 0 && !m.idle
}

// acknowledge settles the first pending entry, which a cut could prevent until the connector has
// read it.
func (m *model) acknowledge() {
	m.g.ack(m.pending[0].bufferID)
	m.pending = m.pending[1:]
	eventually(m.t, m.c, connector.DefaultGateway,
		func(s connector.GatewayState) bool { return s.Buffered == len(m.pending) })
}

// away notes that the session has ended.
func (m *model) away() {
	m.g.leave()
	m.g, m.unread = nil, false
}

func (m *model) leave() {
	if m.g != nil {
		m.away()
		eventually(m.t, m.c, connector.DefaultGateway, func(s connector.GatewayState) bool { return !s.Connected })
	}
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
	if m.unread {
		due := m.pending[0]
		m.g.expectEvent(due.text)
		m.g.expect("going_idle_ack")
		m.acknowledge()
	} else {
		m.g.expect("going_idle_ack")
	}
	m.idle, m.unread = true, false
	m.g.expectSilence()
}

func (m *model) restart() {
	m.leave()
	stop(m.t, m.c)
	m.c = start(m.t, m.cfg)
	m.idle = false
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

func (m *model) finish() {
	for m.g == nil || m.idle {
		m.leave()
		m.connect()
	}
	for len(m.pending) > 0 {
		m.receive()
	}
	m.g.expectSilence()
	if s := m.c.State()[connector.DefaultGateway]; s.Buffered != 0 {
		m.t.Fatalf("all is acknowledged and the state is %+v", s)
	}
	m.leave()
}
