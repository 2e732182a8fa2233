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

// AwaitHandshake waits for the session's descriptor, across dials, until a terminal state.
type AwaitHandshake struct {
	forRelay
	Reply chan<- Handshake
}

// Handshake answers AwaitHandshake.
type Handshake struct {
	Descriptor *wire.Descriptor
	Err        error
}

// ForgetHandshake withdraws an AwaitHandshake by its reply channel.
type ForgetHandshake struct {
	forRelay
	Reply chan<- Handshake
}

// GetDescriptor asks for the descriptor of a platform, or the session's default for "".
type GetDescriptor struct {
	forRelay
	Platform string
	Reply    chan<- *wire.Descriptor
}

// Perform asks for one action on the platform, for gateways that talk in messages: the answer comes as an Outcome over
// Reply or, when that is nil, to the sender.
type Perform struct {
	forRelay
	Action wire.Action
	// Platform tags the frame; "" leaves it to the connector.
	Platform string
	Reply    chan<- Outcome
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
	// WatchEnded is the last call, after UnwatchStatus or at the relay's end. A relay that had ended before the watch
	// began never calls: whoever may be that late watches the relay's actor, too.
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

// GoDormant flips the session to buffered delivery, and when the connector confirms closes the socket and sleeps.
type GoDormant struct {
	forRelay
	Timeout time.Duration
	Reply   chan<- bool
}

// Wake dials at once when the relay sleeps or waits for its next dial, and ends a hold.
type Wake struct{ forRelay }

// HoldRedial parks dials that come due, for 60 s at most.
type HoldRedial struct{ forRelay }

// ReleaseRedial ends a hold and makes up for a parked dial.
type ReleaseRedial struct{ forRelay }

// CloseRelay drains and ends the relay.
type CloseRelay struct {
	forRelay
	// Deadline is when the caller's budget ends; zero leaves the default grace.
	Deadline time.Time
}

// LinkHandshaking says that the socket is open and the hellos are on their way.
type LinkHandshaking struct {
	forRelay
	Generation uint64
}

// DescriptorReceived brings a descriptor of the current connection.
type DescriptorReceived struct {
	forRelay
	Generation uint64
	Descriptor *wire.Descriptor
}

// IdleSettled ends the go-idle of a GoDormant.
type IdleSettled struct {
	forRelay
	Acked bool
}

// Drained says that a part of the relay has nothing in flight any more.
type Drained struct {
	forRelay
	By Part
}

// Part names what a closing relay waits for.
type Part string

// The parts: requests without a result, queued deliveries, running handlers.
const (
	Requests   Part = "requests"
	Deliveries Part = "deliveries"
	Running    Part = "handlers"
)

// RedialDue, HoldExpired and DrainExpired are the relay's timers. Turn tells a timer's current setting from a stale one.
type (
	RedialDue struct {
		forRelay
		Turn uint64
	}
	HoldExpired struct {
		forRelay
		Turn uint64
	}
	DrainExpired struct {
		forRelay
		Stage int
	}
)

// StuckChanged says what delivery, if any, failed for good and will come again only at the next dial.
type StuckChanged struct {
	forRelay
	Stuck *Stuck
}

type forRelay struct{ quiet }

func (forRelay) toRelay() {}
