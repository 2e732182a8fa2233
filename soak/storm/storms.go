package main

import (
	"errors"
	"time"

	"hermod/supervisor"
	"hermod/wire"
)

// How the connector is during a stretch of a storm.
const (
	away   = "away"          // nobody listens
	serves = "serves"        // it is `hermod connector`
	later  = "later"         // it closes with 1013
	denies = "unprovisioned" // it closes with 4401
	flaps  = "flap"          // it drops each connection soon after the descriptor
)

// flapAfter is how long such a connection lives.
const flapAfter = 200 * time.Millisecond

// storm is what happens to relays that are connected, or that are new.
type storm struct {
	name    string
	isNew   bool // the relays have never been connected
	phases  []phase
	comment string
}

// phase is a stretch of the storm; the last one has no end.
type phase struct {
	connector string
	until     time.Duration
}

var storms = map[string]storm{
	"restart": {name: "restart", comment: "killed, and back after 2 s",
		phases: []phase{{away, 2 * time.Second}, {connector: serves}}},
	"later": {name: "later", comment: "killed; after 1 s it answers 1013; it serves after 15 s",
		phases: []phase{{away, time.Second}, {later, 15 * time.Second}, {connector: serves}}},
	"unprovisioned": {name: "unprovisioned", isNew: true, comment: "new relays are refused with 4401; it serves after 15 s",
		phases: []phase{{denies, 15 * time.Second}, {connector: serves}}},
	"flap": {name: "flap", comment: "killed; after 1 s it drops each connection; it serves after 15 s",
		phases: []phase{{away, time.Second}, {flaps, 15 * time.Second}, {connector: serves}}},
}

// at returns the phase of a time.
func (s storm) at(t time.Duration) phase {
	for _, p := range s.phases {
		if t < p.until {
			return p
		}
	}
	return s.phases[len(s.phases)-1]
}

// failure is how a dial fails in the phase, and how long that takes; serves has none.
func (p phase) failure() (supervisor.Failure, time.Duration) {
	switch p.connector {
	case later:
		return supervisor.Failure{Err: &wire.CloseError{Code: wire.CloseTryLater}}, 0
	case denies:
		return supervisor.Failure{Err: &wire.CloseError{Code: wire.CloseUnauthorized, Reason: "unauthorized"}}, 0
	case flaps:
		return supervisor.Failure{Err: errLost, Handshaked: true, Up: flapAfter}, flapAfter
	}
	return supervisor.Failure{Err: &supervisor.DialError{Err: errors.New("refused")}}, 0
}

var errLost = &supervisor.LostError{Op: "read", Err: errors.New("reset")}
