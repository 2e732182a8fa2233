package supervisor

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"hermod/wire"
)

// Strategy names the rule for a refused credential: a close 4401, or HTTP 401 at the upgrade. None of them applies
// before the relay's first handshake, when the gateway may not be provisioned yet. A link is live once it has its
// descriptor; a confirming dial is one more dial with a fresh token, and is refused again if it gets 4401 or 401
// instead of a descriptor.
type Strategy string

// The strategies.
const (
	// Terminal, the default: a live link that is closed 4401 disables the relay. A dial that is refused is followed by
	// a confirming dial at once, which disables the relay if it is refused again: a token that aged while the machine
	// was suspended is refused in the same words as a revoked credential. A close 4401 with the reason "expired" is
	// never final.
	Terminal Strategy = "terminal"
	// Strict: any refusal disables the relay, live or at a dial, "expired" included.
	Strict Strategy = "strict"
	// Confirm does as Terminal does at a dial, and does the same for a live link: it dials once more at once, and disables
	// the relay if that dial is refused again.
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
	// Rung is the ladder's rung of the last retry; 0 after a stable connection.
	Rung int
	// Handshaked is set when any generation ever got a descriptor. It is never unset.
	Handshaked bool
	// Confirming is set while a refusal waits to be confirmed. It lasts until a dial gets a descriptor or is refused,
	// however many dials fail for other reasons.
	Confirming bool
	// ConfirmedAtOnce is set when a confirming dial was made without a delay since the last stable connection. The
	// next one waits on the ladder, so that a connector which accepts and refuses in turn is not hammered.
	ConfirmedAtOnce bool
}

// Verdict says what happens next.
type Verdict struct {
	// Outcome is the decision.
	Outcome Outcome
	// Delay is how long to wait before the next dial; 0 is at once.
	Delay time.Duration
	// Attempt is the number of the coming dial in a row, from 1; 0 for a confirming dial at once.
	Attempt int
	// Auth is set when the connector refused the credential.
	Auth bool
	// Hint says what the user can do, or is empty.
	Hint string
}

// Policy holds the rules. It is a value without state: Judge may be called from anywhere.
type Policy struct {
	// Strategy is the rule for a refused credential; "" is Terminal.
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

// Judge decides what follows a failure and returns the history to remember. jitter is in [0, 1).
func (p Policy) Judge(f Failure, h History, jitter float64) (Verdict, History) {
	if f.Handshaked {
		h = p.Credit(f.Up, h)
	}
	var config *wire.ConfigError
	if errors.As(f.Err, &config) {
		return Verdict{Outcome: Fail, Hint: "correct the configuration"}, h
	}
	switch p.weigh(f, h) {
	case revoked:
		hint := doubt("credential revoked: enrol this gateway again, then restart the relay", f.Skew)
		if _, expired := refusesToken(f.Err); expired {
			hint = expiredHint(f.Skew) + ", then restart the relay"
		}
		return Verdict{Outcome: Disable, Auth: true, Hint: hint}, h
	case doubtful:
		return p.confirm(h, jitter)
	}
	if p.NoReconnect {
		return Verdict{Outcome: Fail, Auth: refusesCredential(f.Err), Hint: "reconnecting is off"}, h
	}
	return p.retry(f, h, jitter)
}

// Credit returns the history after a link that got its descriptor and was up for so long, however it ended: the
// handshake is remembered, nothing is left to confirm, and a stable connection resets the ladder. Judge credits by
// itself; a link that was left on purpose is not judged.
func (p Policy) Credit(up time.Duration, h History) History {
	h.Handshaked, h.Confirming = true, false
	if up >= p.Stable {
		h.Rung, h.ConfirmedAtOnce = 0, false
	}
	return h
}

// weight is what a failure says about a credential that once worked.
type weight int

const (
	nothing  weight = iota // it may be good
	doubtful               // it was refused; a confirming dial decides
	revoked                // it is dead
)

// weigh is the table of strategies.
func (p Policy) weigh(f Failure, h History) weight {
	refused, expired := refusesToken(f.Err)
	switch {
	case !refused || !h.Handshaked:
		return nothing
	case p.Strategy == Strict:
		return revoked
	case expired:
		return nothing
	case p.NoReconnect:
		return revoked // no dial may confirm it
	case f.Handshaked && p.Strategy != Confirm:
		return revoked
	case h.Confirming:
		return revoked // a live link was credited and confirms nothing
	}
	return doubtful
}

// confirm dials once more: at once, or on the ladder if such a dial was made since the last stable connection.
func (p Policy) confirm(h History, jitter float64) (Verdict, History) {
	v := Verdict{Outcome: Retry, Auth: true, Hint: "credential refused; confirming with a fresh token"}
	h.Confirming = true
	if h.ConfirmedAtOnce {
		h.Rung++
		v.Delay, v.Attempt = p.Backoff.Delay(h.Rung, jitter), h.Rung
	}
	h.ConfirmedAtOnce = true
	return v, h
}

// retry climbs the ladder by one rung, from the floor if the connector asked for distance.
func (p Policy) retry(f Failure, h History, jitter float64) (Verdict, History) {
	h.Rung++
	floored, hint := asksForDistance(f.Err)
	if floored {
		h.Rung = max(h.Rung, floorRung)
	}
	auth := refusesCredential(f.Err)
	if hint == "" && auth {
		hint = doubt("credential refused: check the gateway id and secret, or wait until the gateway is provisioned", f.Skew)
	}
	if _, expired := refusesToken(f.Err); expired {
		h.Confirming = false // an old token is no sign of a revoked credential
		hint = expiredHint(f.Skew)
	}
	var dial *DialError
	switch {
	case hint != "":
	case OutOfDescriptors(f.Err):
		hint = DescriptorHint
	case errors.As(f.Err, &dial):
		hint = "check that the connector runs and that its URL is right"
	}
	return Verdict{Outcome: Retry, Delay: p.Backoff.Delay(h.Rung, jitter), Attempt: h.Rung, Auth: auth, Hint: hint}, h
}

// refusesToken reports whether the failure is a close 4401 or HTTP 401, and whether the reason is the token's age.
func refusesToken(err error) (refused, expired bool) {
	var closed *wire.CloseError
	if errors.As(err, &closed) {
		refused = closed.Code == wire.CloseUnauthorized
		return refused, refused && strings.EqualFold(strings.TrimSpace(closed.Reason), "expired")
	}
	var dial *DialError
	return errors.As(err, &dial) && dial.Status == http.StatusUnauthorized, false
}

// refusesCredential reports whether the connector refused the token or what the gateway may do.
func refusesCredential(err error) bool {
	var closed *wire.CloseError
	if errors.As(err, &closed) {
		return closed.Code == wire.CloseUnauthorized || closed.Code == wire.CloseForbidden
	}
	var dial *DialError
	return errors.As(err, &dial) && (dial.Status == http.StatusUnauthorized || dial.Status == http.StatusForbidden)
}

// Displaces reports whether a close says that another session holds the gateway's id.
func Displaces(closed *wire.CloseError) bool {
	return closed.Code == wire.ClosePolicy || closed.Code == wire.CloseReplaced ||
		closed.Code == wire.CloseNormal && strings.HasPrefix(closed.Reason, "replaced")
}

// asksForDistance reports whether the close asks to be dialled later, and returns what the user can do.
func asksForDistance(err error) (bool, string) {
	var closed *wire.CloseError
	if !errors.As(err, &closed) {
		return false, ""
	}
	switch {
	case Displaces(closed):
		return true, "another gateway holds this id: stop it, or give this one an id of its own"
	case closed.Code == wire.CloseTryLater:
		return true, "the connector asks to come back later"
	}
	return false, ""
}
