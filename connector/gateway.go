package connector

import (
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// shuttingDown closes the sessions when the connector closes.
var shuttingDown = &wire.CloseError{Code: wire.CloseGoingAway, Reason: "connector is shutting down"}

// gateway is everything known about one gateway id. It outlives its sessions.
type gateway struct {
	id string
	c  *Connector

	newcomers atomic.Int32 // sessions that want to be attached

	mu         sync.Mutex
	session    *session // attached, nil while there is none
	greeted    bool     // the attached session has said hello
	tenure     tenure
	closing    bool // the connector is closing: no delivery and no session is taken
	idle       bool // from going_idle to the next hello
	revoked    bool
	poking     bool      // somebody pokes the wake URL now and then
	poked      time.Time // when the wake URL was called last
	identities []wire.Identity
	commands   []CommandState
	answers    []answer        // of the attached session's hellos
	abilities  *wire.Abilities // of the last session, nil before the first
	backlog    backlog
	aside      shelf
}

// deliver sends the payload live or buffers it, and returns when either is done.
func (g *gateway) deliver(k kind, payload []byte) (Delivery, error) {
	g.mu.Lock()
	if g.closing {
		g.mu.Unlock()
		return Delivery{}, ErrClosed
	}
	if err := g.admitLocked(len(payload)); err != nil {
		g.mu.Unlock()
		return Delivery{}, err
	}
	e := &entry{seq: g.c.store.nextSeq(), kind: k, size: len(payload)}
	if g.mayGoLiveLocked() && g.session.out.offer(frame{data: lineOf(k, payload, ""), live: e.seq, kind: k}) {
		g.mu.Unlock()
		return Delivery{Live: true}, nil
	}
	if g.isFullLocked(e.size) {
		g.mu.Unlock()
		return Delivery{}, ErrBufferFull
	}
	stored := make(chan error, 1)
	err := g.bufferLocked(e, payload, func(err error) { stored <- err })
	g.mu.Unlock()
	if err == nil {
		err = <-stored
	}
	if err != nil && !errors.Is(err, ErrClosed) {
		g.c.quiet.disk.log(g.c.log, slog.LevelError, "a delivery was refused: it could not be buffered", "gateway", g.id, "err", err)
	}
	if err != nil {
		return Delivery{}, err
	}
	g.poke()
	return Delivery{BufferID: g.c.store.bufferID(e.seq)}, nil
}

// isFullLocked reports whether the buffer has no room for a payload of that size.
func (g *gateway) isFullLocked(size int) bool {
	return len(g.backlog.entries) >= g.c.cfg.MaxBuffered || g.backlog.bytes+size > g.c.cfg.MaxBufferedBytes
}

// mayGoLiveLocked reports whether a new delivery can be sent live: nothing is ahead of it and the
// gateway is not idle.
func (g *gateway) mayGoLiveLocked() bool {
	return g.c.cfg.Live && g.session != nil && g.greeted && !g.idle && len(g.backlog.entries) == 0
}

// bufferLocked adds e to the backlog at once and sends it once it is on disk.
func (g *gateway) bufferLocked(e *entry, payload []byte, done func(error)) error {
	err := g.c.store.put(g.id, e, payload, func(err error) {
		g.committed(e, err)
		done(err)
	})
	if err == nil {
		g.backlog.insert(e)
	}
	return err
}

func (g *gateway) committed(e *entry, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.backlog.remove(e.seq)
	} else {
		e.committed = true
	}
	g.pumpLocked()
}

// pumpLocked gives the session as much as the window allows.
func (g *gateway) pumpLocked() {
	if g.session == nil || !g.greeted || g.idle {
		return
	}
	for {
		e := g.nextLocked()
		if e == nil {
			return
		}
		payload, err := g.payload(e)
		if err != nil {
			g.c.log.Error("reading a buffered delivery failed, the gateway's buffer is stuck", "gateway", g.id, "err", err)
			return
		}
		line := lineOf(e.kind, g.outgoing(g.session, payload), g.c.store.bufferID(e.seq))
		if len(line) > g.abilities.MaxMessage {
			g.setAsideLocked(e, payload, tooLargeReason(len(line), g.abilities.MaxMessage))
			continue
		}
		if !g.session.out.push(frame{data: line, buffered: e}) {
			return
		}
		e.inFlight, e.message, e.since = true, len(line), time.Now()
		g.backlog.inFlight++
		g.probeLocked(e)
	}
}

// attach makes s the gateway's session, or returns the existing session, or how to refuse s.
func (g *gateway) attach(s *session) (other *session, refusal *wire.CloseError) {
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.closing:
		return nil, shuttingDown
	case g.revoked:
		return nil, &wire.CloseError{Code: wire.CloseUnauthorized, Reason: "unauthorized"}
	case g.tenure.refuses(s.epoch):
		return nil, outdated
	case g.session != nil:
		return g.session, &wire.CloseError{Code: wire.ClosePolicy, Reason: "duplicate session"}
	}
	g.session, g.greeted, g.abilities = s, false, &s.abilities
	g.tenure.begin(s.epoch)
	g.identities, g.commands, g.answers = nil, nil, nil
	return nil, nil
}

// detach frees the gateway from s. Deliveries in flight will be sent again, unless one is to blame for the session's
// end; unwritten live ones are buffered in order, beyond the bounds if necessary.
func (g *gateway) detach(s *session, unwritten []frame, b blame) {
	g.mu.Lock()
	g.blameLocked(b, unwritten)
	g.session, g.greeted = nil, false
	g.tenure.end(s.epoch)
	g.backlog.recall()
	for _, f := range unwritten {
		if f.live == 0 {
			continue
		}
		payload := wire.Payload(f.kind.wire(), f.data)
		e := &entry{seq: f.live, kind: f.kind, size: len(payload)}
		report := func(err error) {
			if err != nil {
				g.c.log.Error("a live delivery could not be written and not be buffered, it is lost", "gateway", g.id, "err", err)
			}
		}
		if err := g.bufferLocked(e, payload, report); err != nil {
			report(err)
		}
	}
	close(s.detached)
	g.mu.Unlock()
	g.present()
	g.poke()
}

// hello answers with the descriptor, ends idleness and lets the backlog flow. Without a descriptor the hello waits.
func (g *gateway) hello(s *session, id wire.Identity, descriptor []byte, commands []CommandState) {
	defer g.present()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.session != s || s == nil {
		return
	}
	if !slices.Contains(g.identities, id) && len(g.identities) < maxIdentities {
		g.identities = append(g.identities, id)
	}
	if commands != nil {
		g.commands = commands
	}
	if g.answeredLocked(id, descriptor, commands); descriptor == nil {
		return
	}
	g.greeted, g.idle = true, false
	s.out.push(frame{data: descriptor})
	g.pumpLocked()
}

// goIdle stops deliveries before the acknowledgement is queued, so live ones precede it on the wire and
// later ones are buffered.
func (g *gateway) goIdle(s *session) {
	defer g.present()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.session != s {
		return
	}
	g.idle = true
	s.out.push(frame{data: wire.AppendGoingIdleAck(nil)})
}

// acknowledge removes a delivery in flight and reports whether the id named one.
func (g *gateway) acknowledge(s *session, bufferID string) bool {
	seq, ok := g.c.store.seqOf(bufferID)
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case !ok || g.session != s:
		return false
	case s.passthroughs.isLate(seq):
		s.passthroughs.acknowledged = true
		return true
	case !g.backlog.isInFlight(seq):
		return false
	}
	e := g.backlog.at(seq)
	s.passthroughs.acknowledged = s.passthroughs.acknowledged || e.kind == kindPassthrough
	g.aside.acknowledged()
	g.forgetLocked(e)
	g.pumpLocked()
	return true
}

// interrupt sends an interrupt_inbound to the live session.
func (g *gateway) interrupt(i wire.InterruptInbound) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.session == nil || !g.greeted {
		return ErrNotConnected
	}
	line := wire.AppendInterruptInbound(nil, i)
	if len(line) > g.abilities.MaxMessage {
		return &wire.FrameTooLargeError{Limit: g.abilities.MaxMessage}
	}
	if !g.session.out.offer(frame{data: line}) {
		return ErrBacklog
	}
	return nil
}

// shut closes the session after writing what is queued, and accepts nothing more.
func (g *gateway) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.closing = true
	if g.session != nil {
		g.session.finish(ending{how: endFlush, code: ws.StatusCode(shuttingDown.Code), reason: shuttingDown.Reason})
	}
}

// end ends the attached session and waits until the gateway is free for the next one.
func (g *gateway) end(e ending) error {
	g.mu.Lock()
	s := g.session
	g.mu.Unlock()
	if s == nil {
		return ErrNotConnected
	}
	s.finish(e)
	<-s.detached
	return nil
}

// setRevoked stores whether the credential is revoked; revoking ends the session.
func (g *gateway) setRevoked(revoked bool) error {
	g.mu.Lock()
	g.revoked = revoked
	g.mu.Unlock()
	if err := g.c.store.setRevoked(g.id, revoked); err != nil {
		return err
	}
	if !revoked {
		return nil
	}
	err := g.end(ending{how: endClose, code: ws.StatusCode(wire.CloseUnauthorized), reason: "unauthorized"})
	if errors.Is(err, ErrNotConnected) {
		return nil
	}
	return err
}

func (g *gateway) state() GatewayState {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := GatewayState{
		Connected: g.session != nil && g.greeted, Buffered: len(g.backlog.entries),
		BufferedBytes: g.backlog.bytes, Oldest: g.backlog.oldest(),
		SetAside: len(g.aside.items), Idle: g.idle, Revoked: g.revoked,
		Identities: make([]IdentityState, 0, len(g.identities)), Commands: slices.Clone(g.commands),
	}
	for _, id := range g.identities {
		s.Identities = append(s.Identities, IdentityState{Platform: id.Platform, BotID: id.BotID})
	}
	return s
}

// lineOf encodes a delivery; an empty bufferID is a live one.
func lineOf(k kind, payload []byte, bufferID string) []byte {
	return appendLine(make([]byte, 0, len(payload)+envelope), k, payload, bufferID)
}

func appendLine(line []byte, k kind, payload []byte, bufferID string) []byte {
	if k == kindPassthrough {
		return wire.AppendPassthroughForward(line, payload, bufferID)
	}
	return wire.AppendInbound(line, payload, bufferID)
}
