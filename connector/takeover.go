package connector

import (
	"context"
	"time"

	"github.com/gobwas/ws"

	"hermod/wire"
)

const (
	// handoverTime is how long a new session waits for the end of the gateway's old one, which may be under way.
	handoverTime = 250 * time.Millisecond
	// silenceTime is how long the old session has to answer a ping, before its place is given to the new one.
	silenceTime = 3 * time.Second
	// maxTakeovers bounds the sessions that a newcomer outlives, and maxNewcomers those that wait for one gateway's place;
	// further ones are refused at once.
	maxTakeovers, maxNewcomers = 3, 8
)

// replaced closes a session whose gateway was silent while its next one waited.
var replaced = &wire.CloseError{Code: wire.CloseReplaced, Reason: "replaced by a newer session"}

// takePlace attaches s, or says how to refuse it: a gateway's session keeps its place as long as somebody is there.
func (g *gateway) takePlace(s *session) *wire.CloseError {
	defer g.newcomers.Add(-1)
	waits := g.newcomers.Add(1) <= maxNewcomers
	other, refusal := g.attach(s)
	for range maxTakeovers {
		if other == nil || !waits || !other.givesWay() {
			break
		}
		other, refusal = g.attach(s)
	}
	return refusal
}

// givesWay reports whether the session has made room for another: it was ending, or does not answer and is replaced.
func (s *session) givesWay() bool {
	if within(handoverTime, s.detached) {
		return true
	}
	if s.answers() {
		return within(0, s.detached)
	}
	s.log.Info("the gateway does not answer, its newer session takes its place")
	s.finish(ending{how: endClose, code: ws.StatusCode(replaced.Code), reason: replaced.Reason, blame: blameDrop})
	return within(2*lingerTime, s.detached)
}

// answers pings the gateway, and reports whether anything comes from it within silenceTime, or the session ends.
func (s *session) answers() bool {
	ctx, cancel := context.WithTimeout(s.ctx, s.gw.c.silence)
	defer cancel()
	heard := s.sock.heard()
	s.out.ping()
	select {
	case <-heard:
		return true
	case <-s.detached:
		return true
	case <-ctx.Done():
		return false
	}
}

// within waits for the event, at most that long.
func within(limit time.Duration, event <-chan struct{}) bool {
	select {
	case <-event:
		return true
	default:
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-event:
		return true
	case <-timer.C:
		return false
	}
}
