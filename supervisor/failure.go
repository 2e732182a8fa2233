package supervisor

import (
	"fmt"
	"net/http"
	"time"
)

// Failure is one link's end as the policy judges it.
type Failure struct {
	// Err says why the link ended: *wire.CloseError, *DialError, *HandshakeError, *LostError or *wire.ConfigError.
	// Anything else is a bug of Hermod's and is retried with backoff.
	Err error
	// Handshaked says that this very generation got its first descriptor.
	Handshaked bool
	// Up is how long the generation lived after that descriptor; zero before it.
	Up time.Duration
	// Skew is by how much the connector's clock is ahead, negative if it is behind; 0 if that is not known.
	Skew time.Duration
}

// DialError says that no connection could be opened: the TCP connect, the TLS handshake, the proxy or the WebSocket
// upgrade failed. It is immutable and safe to share.
type DialError struct {
	// Status is the HTTP status of a refused upgrade, 0 when there was no answer.
	Status int
	// Err is the cause.
	Err error
}

// Error says what was being dialled and why it failed; it holds neither the URL's query nor the token.
func (e *DialError) Error() string {
	if e.Status != 0 {
		return fmt.Sprintf("dial connector: upgrade refused with HTTP %d %s", e.Status, http.StatusText(e.Status))
	}
	return "dial connector: " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *DialError) Unwrap() error { return e.Err }

// HandshakeError says that the connection opened but gave no usable descriptor.
type HandshakeError struct{ Err error }

// Error says what was wrong with the handshake.
func (e *HandshakeError) Error() string { return "handshake with connector: " + e.Err.Error() }

// Unwrap returns the cause.
func (e *HandshakeError) Unwrap() error { return e.Err }

// LostError says that an open connection ended without a close frame from the connector.
type LostError struct {
	// Op is what was being done: "read", "write" or "keepalive".
	Op string
	// Err is the cause.
	Err error
}

// Error says what was being done when the connection was lost.
func (e *LostError) Error() string { return "connection lost during " + e.Op + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *LostError) Unwrap() error { return e.Err }

// BugError wraps a panic that nobody raised on purpose.
type BugError struct{ Reason any }

// Error describes the panic.
func (e *BugError) Error() string { return fmt.Sprintf("internal error: %v", e.Reason) }

// AsRaised returns the raised failure behind the reason of an actor's failure; of any other panic it makes one whose
// error is a *BugError.
func AsRaised(reason any) *Raised {
	if raised, ok := reason.(*Raised); ok {
		return raised
	}
	return &Raised{Err: &BugError{Reason: reason}}
}

// Raised marks a panic as a failure that was raised on purpose, so that no other panic is taken for one.
type Raised struct {
	// Err is why the link ended.
	Err error
	// HandshakeAt is when the connection got its first descriptor; zero if it got none. It travels with the failure
	// because a failure overtakes the messages that were sent before it.
	HandshakeAt time.Time
}

// Error returns the raised error's text: the actor framework logs it.
func (r *Raised) Error() string { return r.Err.Error() }

// Raise ends the calling actor's turn and hands err to its supervisor, with the time of the connection's first
// descriptor, if there was one. It must be called from Receive.
func Raise(err error, handshakeAt time.Time) { panic(&Raised{Err: err, HandshakeAt: handshakeAt}) }
