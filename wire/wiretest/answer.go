package wiretest

import (
	"net"
	"syscall"
)

// Answer decides what happens to one dial. The zero value accepts it.
type Answer struct {
	kind   answerKind
	err    error
	status int
}

type answerKind uint8

const (
	accept answerKind = iota
	refuse
	hangDial
	hangUpgrade
	reject
)

// Accepted lets the dial through and completes the upgrade.
func Accepted() Answer { return Answer{} }

// Refused fails the dial with err, or with "connection refused" when err is
// nil. Over TCP, where the kernel has already accepted, it is a reset.
func Refused(err error) Answer {
	if err == nil {
		err = &net.OpError{Op: "dial", Net: "tcp", Err: syscall.ECONNREFUSED}
	}
	return Answer{kind: refuse, err: err}
}

// HungDial leaves the dial without an answer until its context ends. Over TCP
// it is the same as HungUpgrade.
func HungDial() Answer { return Answer{kind: hangDial} }

// HungUpgrade connects, reads the upgrade request and never answers it.
func HungUpgrade() Answer { return Answer{kind: hangUpgrade} }

// Rejected answers the upgrade request with an HTTP status, such as 401.
func Rejected(status int) Answer { return Answer{kind: reject, status: status} }

// OnDial asks decide for the answer to every following dial; n counts dials
// from 1. decide runs on the dialling goroutine and may be called
// concurrently.
func (s *Server) OnDial(decide func(n int) Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.decide = decide
}

// RefuseDial makes every following dial fail with err; see Refused.
func (s *Server) RefuseDial(err error) { s.always(Refused(err)) }

// RejectUpgrade answers every following upgrade with an HTTP status.
func (s *Server) RejectUpgrade(status int) { s.always(Rejected(status)) }

// HangDial leaves every following dial unanswered.
func (s *Server) HangDial() { s.always(HungDial()) }

// HangUpgrade leaves every following upgrade request unanswered.
func (s *Server) HangUpgrade() { s.always(HungUpgrade()) }

// AcceptDials lets every following dial through, as a new Server does.
func (s *Server) AcceptDials() { s.always(Accepted()) }

func (s *Server) always(a Answer) { s.OnDial(func(int) Answer { return a }) }
