package connector

import (
	"context"
	"time"

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
		if other == nil || !s.displaces(other, waits) {
			break
		}
		other, refusal = g.attach(s)
	}
	return refusal
}

// displaces reports whether another session has left its place to this one, which may wait for that.
func (s *session) displaces(other *session, waits bool) bool {
	if s.succeeds(other) {
		other.log.Info("another machine has taken the gateway over, its session takes the place", "epoch", s.epoch)
		return other.yield(succeeded, blameNobody)
	}
	return waits && other.givesWay()
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
	return s.yield(replaced, blameDrop)
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
