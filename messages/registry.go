package messages

import (
	"time"

	"hermod/wire"
)

// ToRegistry is what the registry of pending requests understands.
type ToRegistry interface{ toRegistry() }

// Outcome settles one request: the connector's result, or a failure made here with its typed error.
type Outcome struct {
	Result wire.Result
	Err    error
}

// RequestID is a request's id: 32 hex digits.
type RequestID [32]byte

// Request registers a request and hands its frame to the connection. The message and what it refers to belong to the
// registry until Reply got its Outcome.
type Request struct {
	forRegistry
	// ID is the request's id inside Frame.
	ID RequestID
	// Frame is the encoded frame, as it goes over the socket.
	Frame []byte
	// Reply takes exactly one Outcome and has room for it.
	Reply chan<- Outcome
}

// Cancel forgets a request whose caller has gone.
type Cancel struct {
	forRegistry
	ID RequestID
}

// SendInterrupt hands an interrupt frame to the connection; Reply takes nil or why it could not.
type SendInterrupt struct {
	forRegistry
	Frame []byte
	Reply chan<- error
}

// GoIdle asks the connector to buffer. Calls that overlap share one frame; each has its own timeout.
type GoIdle struct {
	forRegistry
	Timeout time.Duration
	// Reply takes true on the connector's acknowledgement.
	Reply chan<- bool
}

// ForgetIdle withdraws a GoIdle by its reply channel.
type ForgetIdle struct {
	forRegistry
	Reply chan<- bool
}

// LinkOpened says that frames can be sent over Writer.
type LinkOpened struct {
	forRegistry
	forInbox
	quiet
	Generation uint64
	Writer     Writer
}

// Writer takes messages for a connection's write half. Tell never blocks and is safe for concurrent use.
type Writer interface{ Tell(ToWriter) }

// LinkLost says that a connection is over. Written counts the requests of that connection, in order, that may have
// reached the connector; Err says what ended the writing, if anything did.
type LinkLost struct {
	forRegistry
	forInbox
	quiet
	Generation uint64
	Written    uint64
	Err        error
}

// LinkEnding says that a connection is about to end: nothing more is sent over it. What it owes is settled at LinkLost.
type LinkEnding struct {
	forRegistry
	Generation uint64
}

// ResultsRead brings outbound_result frames.
type ResultsRead struct {
	forRegistry
	Generation uint64
	Lines      *Lines
}

// IdleAcked says that the connector now buffers.
type IdleAcked struct {
	forRegistry
	Generation uint64
}

// DrainRegistry answers Drained when nothing is pending; new requests fail as closed from now on.
type DrainRegistry struct{ forRegistry }

// EndRequests settles everything that is pending as closed.
type EndRequests struct{ forRegistry }

// DeadlineDue is the registry's timer for the oldest request, IdleDue the one for a GoIdle.
type (
	DeadlineDue struct{ forRegistry }
	IdleDue     struct {
		forRegistry
		Reply chan<- bool
	}
)

type forRegistry struct{ quiet }

func (forRegistry) toRegistry() {}
