package messages

import "time"

// State is where a relay is in its life.
type State string

// The states. Disabled, Closed and Failed are final: a relay in one of them has ended.
const (
	Connecting  State = "connecting"
	Handshaking State = "handshaking"
	Ready       State = "ready"
	Backoff     State = "backoff"
	Dormant     State = "dormant"
	Disabled    State = "disabled"
	Failed      State = "failed"
	Closed      State = "closed"
)

// Platform returns the word that dashboards use for the state: connected, retrying, disabled or fatal. A sleeping relay
// is connected: its bot answers as soon as something is there for it. A closed one was asked to end: disabled.
func (s State) Platform() string {
	switch s {
	case Ready, Dormant:
		return "connected"
	case Disabled, Closed:
		return "disabled"
	case Failed:
		return "fatal"
	}
	return "retrying"
}

// Final says that no dial follows.
func (s State) Final() bool { return s == Disabled || s == Failed || s == Closed }

// Status is a relay's condition at one moment. It is a value and safe to keep.
type Status struct {
	Name          string
	State         State
	PlatformState string
	// Since is when the state was entered.
	Since time.Time
	// Attempt numbers the dials since the last stable connection, the first one not counted. It is the rung of the ladder
	// of delays, and jumps to the third one when the connector asked for distance.
	Attempt int
	// NextDial is when the next dial is due; zero when none is.
	NextDial time.Time
	// CloseCode and CloseReason are the last close frame's; 0 and "" when the last link ended without one.
	CloseCode   int
	CloseReason string
	// LastError says why the last link ended, and Hint what the user can do about it.
	LastError string
	Hint      string
	// Generation numbers the dials of this relay, Handshakes how many of them got a descriptor.
	Generation uint64
	Handshakes uint64
	// Pending counts requests without a result, Queued deliveries that are not settled, QueuedBytes their frames' bytes.
	Pending     int
	Queued      int
	QueuedBytes int
	// Held says that dials are held by HoldRedial.
	Held bool
	// Paused is since when the connection is not read, because too many deliveries are not settled; zero when it is. A
	// connector that has gone cannot be told from a live one meanwhile.
	Paused time.Time
	// Stuck is the oldest delivery that failed for good in this generation, nil when there is none.
	Stuck *Stuck
	// Skew is by how much the connector's clock is ahead of this machine's, negative if it is behind, as the last answer
	// to an upgrade said in whole seconds; 0 while none did.
	Skew time.Duration
	// Ends counts how links ended; nil when none did. It is never changed: share it, and do not write to it.
	Ends map[LinkEnd]uint64
	// LastEnd is how the last link ended; zero when none did.
	LastEnd  LinkEnd
	Counters Counters
}

// LinkEnd is one way for a link to end.
type LinkEnd struct {
	Cause Cause
	// Code is the close code of Closed, the HTTP status of Refused, and else 0. It is 0 too for codes beyond the
	// number that a relay tells apart.
	Code int
}

// Cause says what ended a link.
type Cause string

// The causes.
const (
	// CauseClosed is a close frame of the connector's, CauseRefused an upgrade that it answered with an HTTP status.
	CauseClosed  Cause = "closed"
	CauseRefused Cause = "refused"
	// CauseDial is a dial that failed otherwise, CauseHandshake a connection without a usable descriptor, CauseLost
	// one that ended without a close frame.
	CauseDial      Cause = "dial"
	CauseHandshake Cause = "handshake"
	CauseLost      Cause = "lost"
	// CauseInternal is all else: a wrong configuration, or a bug.
	CauseInternal Cause = "internal"
)

// Stuck describes a delivery that no handler took. It stays unacknowledged, so the connector replays it at the next
// dial.
type Stuck struct {
	BufferID   string
	SessionKey string
	Err        string
	Since      time.Time
}
