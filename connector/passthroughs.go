package connector

import (
	"encoding/binary"
	"math"
	"slices"
)

// maxLate bounds the passthroughs of a session whose late acknowledgements are recognised.
const maxLate = 64

// passthroughs is what is known of the way in which a session's gateway treats passthrough_forward. Released gateways
// never acknowledge it. Until one has been acknowledged, each counts as delivered when the gateway answers a ping that
// was sent after it: so it neither holds the window nor is sent again at the next connection.
type passthroughs struct {
	// acknowledged: the gateway does, so its acknowledgements are waited for.
	acknowledged bool
	// asked is the number of the ping whose answer is awaited, 0 for none. There is one at a time: libraries take pings
	// that come faster than they answer for an attack, and end the connection.
	asked   uint64
	settled []uint64 // counted as delivered by a ping's answer, newest last
}

// isLate reports whether an acknowledgement is for a passthrough that counted as delivered without it.
func (p *passthroughs) isLate(seq uint64) bool { return slices.Contains(p.settled, seq) }

func (p *passthroughs) settle(seq uint64) {
	if len(p.settled) == maxLate {
		p.settled = slices.Delete(p.settled, 0, 1)
	}
	p.settled = append(p.settled, seq)
}

// nextPing is the probe of an entry that the next ping will follow.
const nextPing = math.MaxUint64

// probeLocked sends a ping behind an entry whose acknowledgement may never come, or leaves it to the next ping.
func (g *gateway) probeLocked(e *entry) {
	p := &g.session.passthroughs
	if e.probe = 0; e.kind != kindPassthrough || p.acknowledged {
		return
	}
	if e.probe = nextPing; p.asked == 0 {
		g.askLocked(e)
	}
}

// askLocked has an entry that was sent depend on the ping that is awaited, or on a new one.
func (g *gateway) askLocked(e *entry) {
	p := &g.session.passthroughs
	if p.asked == 0 {
		p.asked = g.session.out.ping()
	}
	e.probe = p.asked
}

// pong takes the answer to a ping; only numbered ones mean something.
func (s *session) pong(payload []byte) {
	if len(payload) == 8 {
		s.gw.hasRead(s, binary.BigEndian.Uint64(payload))
	}
}

// hasRead settles the passthroughs that were sent before the ping of that number.
func (g *gateway) hasRead(s *session, ping uint64) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.session != s || s.passthroughs.acknowledged {
		return
	}
	if ping >= s.passthroughs.asked {
		s.passthroughs.asked = 0
	}
	for _, e := range g.backlog.sent() {
		switch {
		case e.probe > 0 && e.probe <= ping:
			s.passthroughs.settle(e.seq)
			g.forgetLocked(e)
		case e.probe == nextPing:
			g.askLocked(e)
		}
	}
	g.pumpLocked()
}
