package connector

import (
	"fmt"
	"slices"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// A delivery that ends the connection of its gateway again and again must not hold up what is behind it.
const (
	// suspectAfter connections that ended while the gateway had it, a delivery is sent alone.
	suspectAfter = 3
	// giveUpAfter such connections, the last of which ended while the gateway had nothing else, it is set aside.
	giveUpAfter = 5
	// maxPatience bounds how often giveUpAfter doubles; see shelf.inARow.
	maxPatience = 6
	// aloneTime is after how long a gateway that is heard of has survived a delivery.
	aloneTime = 30 * time.Second
)

// blame says whether a delivery may be what ended a session.
type blame uint8

const (
	blameNobody blame = iota // somebody wanted the end
	blameDrop                // the connection was lost, or ended because of an error
	blameTooBig              // the gateway closed it because a message was too large
)

// blameOf judges a gateway's close code.
func blameOf(code ws.StatusCode) blame {
	switch int(code) {
	case wire.CloseTooBig:
		return blameTooBig
	case wire.CloseNormal, wire.CloseGoingAway, int(ws.StatusNoStatusRcvd), 1012, 1013:
		return blameNobody
	}
	return blameDrop
}

func (e *entry) isSuspect() bool { return e.lost >= suspectAfter }

// blameLocked judges what the gateway had when its session ended.
func (g *gateway) blameLocked(b blame, unwritten []frame) {
	if b == blameNobody {
		return
	}
	for _, f := range unwritten {
		if e := f.buffered; e != nil && e.inFlight {
			e.inFlight = false
			g.backlog.inFlight--
		}
	}
	sent := g.backlog.sent()
	if b == blameTooBig {
		g.blameLargestLocked(sent)
		return
	}
	sent = slices.DeleteFunc(sent, g.survivedLocked)
	for _, e := range sent {
		e.lost++
	}
	if len(sent) == 1 && sent[0].lost >= g.aside.patience() {
		g.aside.inARow++
		g.discredit(sent[0], fmt.Sprintf("the connection ended %d times while the gateway had it", sent[0].lost))
	}
}

// blameLargestLocked sets the largest aside: the gateway does not take it, whichever it was that it closed for.
func (g *gateway) blameLargestLocked(sent []*entry) {
	var largest *entry
	for _, e := range sent {
		if largest == nil || e.message > largest.message {
			largest = e
		}
	}
	if largest != nil {
		g.discredit(largest, fmt.Sprintf("the gateway closed with 1009: a message of %d bytes is too large for it", largest.message))
	}
}

// discredit sets an entry of the backlog aside.
func (g *gateway) discredit(e *entry, reason string) {
	payload, err := g.payload(e)
	if err != nil {
		g.c.log.Error("reading a delivery that the gateway cannot take failed, it stays where it is", "gateway", g.id, "err", err)
		return
	}
	g.setAsideLocked(e, payload, reason)
}

// survivedLocked reports whether the gateway was heard of so long after it was given the entry that this does no harm.
func (g *gateway) survivedLocked(e *entry) bool {
	return g.session.sock.heardAt().Sub(e.since) >= aloneTime
}

// nextLocked returns the first entry that may be sent now, or nil. A suspect waits until the gateway has survived
// whatever it has, and all others wait until it has survived the suspect.
func (g *gateway) nextLocked() *entry {
	if g.backlog.inFlight >= g.c.cfg.Window {
		return nil
	}
	harmless := true
	for _, e := range g.backlog.sent() {
		switch {
		case g.survivedLocked(e):
			e.lost = 0
		case e.isSuspect():
			g.lookAgainLocked()
			return nil
		default:
			harmless = false
		}
	}
	for _, e := range g.backlog.entries {
		switch {
		case e.inFlight:
			continue
		case !e.committed:
			return nil
		case e.isSuspect() && !harmless:
			g.lookAgainLocked()
			return nil
		}
		return e
	}
	return nil
}

// lookAgainLocked pumps once the gateway may have survived what it has.
func (g *gateway) lookAgainLocked() {
	s := g.session
	if s.looksAgain {
		return
	}
	s.looksAgain = true
	time.AfterFunc(aloneTime, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		s.looksAgain = false
		g.pumpLocked()
	})
}
