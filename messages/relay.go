package messages

import (
	"time"

	"hermod/wire"
)

// ToRelay is what a relay understands.
type ToRelay interface{ toRelay() }

// Introduce asks a relay for the handle that Go code uses. It comes to the sender as a message
// from the relay, a *actors.Relay.
type Introduce struct{ forRelay }

// AwaitHandshake waits for the session's descriptor, across dials, until the relay has ended or is to close.
type AwaitHandshake struct {
	forRelay
	Reply chan<- Handshake
}

// Handshake answers AwaitHandshake. The descriptor is the receiver's own.
type Handshake struct {
	Descriptor *wire.Descriptor
	Err        error
}

// ForgetHandshake withdraws an AwaitHandshake by its reply channel.
type ForgetHandshake struct {
	forRelay
	Reply chan<- Handshake
}

// GetDescriptor asks for the descriptor of a platform, or the session's default for "". The answer is the receiver's
// own, or nil.
type GetDescriptor struct {
	forRelay
	Platform string
	Reply    chan<- *wire.Descriptor
}

// Outcome is what became of one request: the connector's result, or a failure made here with its typed error.
type Outcome struct {
	Result wire.Result
	Err    error
}

// Perform asks for one action on the platform, for gateways that talk in messages: the answer comes as an *Outcome to
// the sender or, when there is a Reply channel, as an Outcome over that.
type Perform struct {
	forRelay
	Action wire.Action
	// Platform tags the frame; "" leaves it to the connector.
	Platform string
	// Timeout bounds the wait for the result; 0 is Config.OutboundTimeout.
	Timeout time.Duration
	Reply   chan<- Outcome
}

// GetStatus asks for the relay's status.
type GetStatus struct {
	forRelay
	Reply chan<- Status
}

// Watcher follows a relay's status. Its methods are called on the relay's actor, so they must not block, and a watcher
// that is an actor only sends itself a message. Watchers are told apart with ==, so they are pointers.
type Watcher interface {
	// StatusChanged gets the current status when the watch begins, then each change of it (of the counters alone, none).
	StatusChanged(Status)
	// WatchEnded is the last call, after UnwatchStatus or the final state, which comes at once in a relay that has ended.
	// A relay whose actor had stopped before the watch began never calls: whoever may be that late watches the actor, too.
	WatchEnded()
}

// WatchStatus begins a watch.
type WatchStatus struct {
	forRelay
	Watcher Watcher
}

// UnwatchStatus ends a watch.
type UnwatchStatus struct {
	forRelay
	Watcher Watcher
}

// GoDormant flips the session to buffered delivery, and when the connector confirms closes the socket and sleeps. The
// reply says whether the relay sleeps. Calls that overlap share the confirmation; each has its own timeout.
type GoDormant struct {
	forRelay
	// Timeout is how long to wait for the confirmation; zero is 10 s.
	Timeout time.Duration
	Reply   chan<- bool
}

// ForgetDormant withdraws a GoDormant by its reply channel. The reply, if it did not come before, is false, and the
// relay sleeps only if another caller wants it to.
type ForgetDormant struct {
	forRelay
	Reply chan<- bool
}

// Wake dials at once when the relay sleeps or waits for its next dial, and ends a hold.
type Wake struct{ forRelay }

// HoldRedial holds dials that come due, for 60 s at most.
type HoldRedial struct{ forRelay }

// ReleaseRedial ends a hold and makes up for a dial that came due meanwhile.
type ReleaseRedial struct{ forRelay }

// CloseRelay drains and stops the relay. A handler that ignores its context may outlive the relay's actor:
// actors.Relay.Done tells when the last one has returned.
type CloseRelay struct {
	forRelay
	// Deadline is when the caller's budget ends; zero is 10 s from now.
	Deadline time.Time
}

// forRelay marks a message of ToRelay. One that finds its relay gone stays out of the framework's log of dead letters.
type forRelay struct{}

func (forRelay) toRelay() {}

// IgnoreDeadLetterLogging implements the framework's marker.
func (forRelay) IgnoreDeadLetterLogging() {}
