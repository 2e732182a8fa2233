package supervisor

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hermod/wire"
)

// Strategy names the rule for a close 4401 that comes after a handshake.
type Strategy string

// The strategies. None of them treats a 4401 before the first handshake as final: the gateway may not be provisioned yet.
const (
	// Terminal, the default: final at once, but for the reason "expired".
	Terminal Strategy = "terminal"
	// Strict: final at once, whatever the reason.
	Strict Strategy = "strict"
	// Confirm: one immediate dial with a fresh token first; final when that one is refused too. "expired" is never final.
	Confirm Strategy = "confirm"
)

// ParseStrategy returns the strategy of that name, Terminal for "", or a *wire.ConfigError that lists the names.
func ParseStrategy(name string) (Strategy, error) {
	switch s := Strategy(name); s {
	case "":
		return Terminal, nil
	case Terminal, Strict, Confirm:
		return s, nil
	}
	return "", &wire.ConfigError{Field: "strategy", Reason: fmt.Sprintf("%q is not known; use terminal, strict or confirm", name)}
}

// Outcome is what happens after a failure.
type Outcome int

// The outcomes.
const (
	// Retry dials again after Verdict.Delay.
	Retry Outcome = iota
	// Disable ends the relay as revoked: the credential is dead, no dial follows.
	Disable
	// Fail ends the relay as failed: reconnecting is off, or the configuration is wrong.
	Fail
)

// String returns "retry", "disable" or "fail".
func (o Outcome) String() string { return [...]string{"retry", "disable", "fail"}[o] }

// History is what a relay remembers of its links between failures. It is a value; the zero value is a new relay's.
type History struct {
	// Handshaked says that any generation ever got a descriptor. It is never unset.
	Handshaked bool
	// Rung is the ladder's rung of the last retry; 0 after a stable connection.
	Rung int
	// Confirming says that the running dial shall confirm a revocation.
	Confirming bool
}

// Verdict says what happens next.
type Verdict struct {
	// Outcome is the decision.
	Outcome Outcome
	// Delay is how long to wait before the next dial; 0 is at once.
	Delay time.Duration
	// Attempt is the number of the coming dial in a row, from 1; 0 for a confirming dial.
	Attempt int
	// Auth says that the connector refused the credential.
	Auth bool
	// Hint says what the user can do, or is empty.
	Hint string
}

// Policy holds the rules. It is a value without state: Judge may be called from anywhere.
type Policy struct {
	// Strategy is the rule for 4401; "" is Terminal.
	Strategy Strategy
	// NoReconnect makes every failure final.
	NoReconnect bool
	// Backoff is the ladder.
	Backoff Backoff
	// Stable is how long a connection must stay up, counted from its first descriptor, to reset the ladder.
	Stable time.Duration
}

// floorRung is where the ladder starts when the connector asked to be left alone.
const floorRung = 3

// Judge decides what follows a failure and returns the history to remember. draw, in [0, 1), is the jitter.
func (p Policy) Judge(f Failure, h History, draw float64) (Verdict, History) {
	if f.Handshaked {
		h = p.Credit(f.Up, h)
	}
	auth := refusesCredential(f.Err)
	if p.revokes(f, h) {
		if p.Strategy == Confirm && !h.Confirming && !p.NoReconnect {
			h.Confirming = true
			return Verdict{Outcome: Retry, Auth: true, Hint: "credential refused; confirming with a fresh token"}, h
		}
		return Verdict{Outcome: Disable, Auth: true, Hint: "credential revoked: enrol this gateway again, then restart the relay"}, h
	}
	var config *wire.ConfigError
	if errors.As(f.Err, &config) {
		return Verdict{Outcome: Fail, Hint: "correct the configuration"}, h
	}
	if p.NoReconnect {
		return Verdict{Outcome: Fail, Auth: auth, Hint: "reconnecting is off"}, h
	}
	return p.retry(f, h, auth, draw)
}

// Credit returns the history after a link that got its descriptor and was up for so long, however it ended: the handshake
// is remembered, and a stable connection resets the ladder. Judge gives it by itself; a link that was left on purpose is
// not judged.
func (p Policy) Credit(up time.Duration, h History) History {
	h.Handshaked = true
	if up >= p.Stable {
		h.Rung, h.Confirming = 0, false
	}
	return h
}

// retry climbs the ladder by one rung, from the floor if the connector asked for distance.
func (p Policy) retry(f Failure, h History, auth bool, draw float64) (Verdict, History) {
	h.Rung++
	floored, hint := asksForDistance(f.Err)
	if floored {
		h.Rung = max(h.Rung, floorRung)
	}
	if hint == "" && auth {
		hint = "credential refused: check the gateway id and secret, or wait until the gateway is provisioned"
	}
	var dial *DialError
	if !errors.As(f.Err, &dial) {
		h.Confirming = false
	} else if hint == "" {
		hint = "check that the connector runs and that its URL is right"
	}
	return Verdict{Outcome: Retry, Delay: p.Backoff.Delay(h.Rung, draw), Attempt: h.Rung, Auth: auth, Hint: hint}, h
}

// revokes says whether the failure means that a credential which once worked is dead.
func (p Policy) revokes(f Failure, h History) bool {
	var dial *DialError
	if errors.As(f.Err, &dial) {
		return h.Confirming && dial.Status == http.StatusUnauthorized
	}
	var closed *wire.CloseError
	if !errors.As(f.Err, &closed) || closed.Code != wire.CloseUnauthorized || !h.Handshaked {
		return false
	}
	return p.Strategy == Strict || !strings.EqualFold(strings.TrimSpace(closed.Reason), "expired")
}

func refusesCredential(err error) bool {
	var closed *wire.CloseError
	if errors.As(err, &closed) {
		return closed.Code == wire.CloseUnauthorized || closed.Code == wire.CloseForbidden
	}
	var dial *DialError
	return errors.As(err, &dial) && (dial.Status == http.StatusUnauthorized || dial.Status == http.StatusForbidden)
}

// asksForDistance says whether the close means that dialling soon does harm, and what the user can do.
func asksForDistance(err error) (bool, string) {
	var closed *wire.CloseError
	if !errors.As(err, &closed) {
		return false, ""
	}
	switch {
	case closed.Code == wire.ClosePolicy, closed.Code == wire.CloseReplaced,
		closed.Code == wire.CloseNormal && strings.HasPrefix(closed.Reason, "replaced"):
		return true, "another gateway holds this id: stop it, or give this one an id of its own"
	case closed.Code == wire.CloseTryLater:
		return true, "the connector asks to come back later"
	}
	return false, ""
}
