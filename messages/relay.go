package messages

import (
	"time"

	"hermod/wire"
)

// ToRelay is what a relay understands.
type ToRelay interface{ toRelay() }

// Introduce asks a relay for the handle that Go code uses.
type Introduce struct {
	forRelay
	Reply chan<- any
}

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

// WatchStatus subscribes Changes: the current status first, then each change. When Changes is full its oldest entry
// gives way. The relay closes it at UnwatchStatus and at its own end; nobody else may send to it.
type WatchStatus struct {
	forRelay
	Changes chan Status
	// Accepted is closed when the relay has taken Changes over; a relay that ends before never does.
	Accepted chan<- struct{}
}

// UnwatchStatus ends a subscription.
type UnwatchStatus struct {
	forRelay
	Changes chan Status
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
