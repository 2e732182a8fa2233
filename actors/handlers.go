package actors

import (
	"context"

	"hermod/wire"
)

// Handlers take what the connector sends. They never run on an actor, and where one blocks, another goroutine does what
// else was to be done there; so they may block and may use the relay. Their context ends at Close, which then waits for
// them. One session's events come one after the other and in order; sessions run side by side, at most
// Config.MaxHandlers at once.
type Handlers struct {
	// Inbound takes events; required. Returning nil acknowledges; an error or a panic has the delivery tried again, and
	// after Config.Tries gives it to DeadLetter.
	Inbound func(ctx context.Context, d *Inbound) error
	// Passthrough takes forwarded HTTP requests, under the same rules; they come in order per platform and bot. Without
	// it they go to DeadLetter.
	Passthrough func(ctx context.Context, d *Passthrough) error
	// Interrupt takes a request to stop a session's work. It overtakes queued events; interrupts come one at a time per
	// session, and one that waits absorbs its repeats.
	Interrupt func(ctx context.Context, i wire.InterruptInbound)
	// DeadLetter takes deliveries that were given up; returning nil acknowledges them. Without it they stay
	// unacknowledged, and come again at the next dial.
	DeadLetter func(ctx context.Context, d *DeadLetter) error
	// Fatal is called once when the relay has ended without being asked to, disabled or failed. The relay stays until it
	// is closed, which a handler must not wait for.
	Fatal func(ctx context.Context, f Fatal)
}

// Inbound is one event on its way to a handler, which may keep it and must not change it. Up to eight events that were
// read together share memory: who keeps one, or a string of it, keeps 7 KiB with it if they are short, and never more
// than 16 KiB beside the event itself. Clone a string that is kept for long.
type Inbound struct {
	// Relay is where it came from.
	Relay *Relay
	// Event is the decoded event.
	Event *wire.Event
	// SessionKey names the conversation, and the lane.
	SessionKey string
	// BufferID is the connector's name for the delivery; "" is a live one, which nobody acknowledges.
	BufferID string
	// Generation is the connection that brought it, Try how often it was handed out, from 1.
	Generation uint64
	Try        int

	released bool // the handler's until it returns
}

// Release says that nobody refers to this Inbound, its Event or a string of it once the handler has returned: their
// memory is used again then, which spares a busy gateway most of its garbage collection. It is optional. If the handler
// fails all the same, the next try gets the same event.
//
// Release belongs to the handler's turn: after its return nobody may call it. The Inbound may be another event's by
// then, and a late call would give that one's memory away while its own handler keeps it.
func (d *Inbound) Release() { d.released = true }

// Passthrough is one forwarded HTTP request on its way to a handler, which may keep it.
type Passthrough struct {
	Relay      *Relay
	Forward    *wire.Forward
	BufferID   string
	Generation uint64
	Try        int
}

// DeadLetter is a delivery that was given up.
type DeadLetter struct {
	Relay *Relay
	// Event or Forward is what could not be handled; both are nil when the frame could not be decoded.
	Event   *wire.Event
	Forward *wire.Forward
	// Raw is JSON to keep: the event as it came, the Forward in the form of its AppendJSON, or the whole frame if it could
	// not be decoded, which may then be no JSON either.
	Raw []byte
	// SessionKey is the lane's; "" when the frame could not be decoded.
	SessionKey string
	BufferID   string
	// Err is the last try's error, or the decoding's; Tries counts the tries, 0 for a frame that could not be decoded.
	Err   error
	Tries int
}

// Fatal says that a relay has ended without being asked to.
type Fatal struct {
	// Code is "relay_disabled" for a revoked credential, "relay_failed" for all else.
	Code string
	// Message says what happened and what the user can do.
	Message string
	// PlatformState is "disabled" or "fatal", the word that dashboards show.
	PlatformState string
}
