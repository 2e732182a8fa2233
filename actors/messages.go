package actors

import (
	"time"

	"hermod/actors/internal/mailbox"
	"hermod/wire"
)

// What the actors of an engine say to each other, by recipient; package messages has what a gateway says to a relay. A
// message is a pointer that is never changed after it was sent, and what it refers to belongs to the recipient. One
// that belongs to a connection carries its generation. Each recipient has a sealed interface, so that a reference to
// an actor takes only what that actor understands. Reply channels have room for the reply.

// quiet keeps a message that finds its recipient gone out of the framework's log of dead letters: late messages of an
// older connection are expected.
type quiet struct{}

// IgnoreDeadLetterLogging implements the framework's marker.
func (quiet) IgnoreDeadLetterLogging() {}

// toEngine is what an engine's actor understands.
type toEngine interface{ toEngine() }

type forEngine struct{ quiet }

func (forEngine) toEngine() {}

type (
	// spawnRelay starts a relay under its name, which is unique in the engine. The reply is nil, or why there is none.
	spawnRelay struct {
		forEngine
		lends
		mailbox.Link
		handle *Relay
		reply  chan<- error
	}
	// listRelays asks for the relays that run, by name. The map is the receiver's.
	listRelays struct {
		forEngine
		reply chan<- map[string]*Relay
	}
	// closeEngine closes every relay side by side, then the engine. A zero deadline leaves the default grace.
	closeEngine struct {
		forEngine
		deadline time.Time
	}
)

// toRelay is what a relay's actor understands besides messages.ToRelay.
type toRelay interface{ toRelay() }

type forRelay struct{ quiet }

func (forRelay) toRelay() {}

type (
	// findHandle asks a relay for its handle.
	findHandle struct {
		forRelay
		reply chan<- *Relay
	}
	// linkHandshaking says that the socket is open and the hellos are on their way.
	linkHandshaking struct {
		forRelay
		generation uint64
	}
	// descriptorReceived brings a descriptor of the current connection.
	descriptorReceived struct {
		forRelay
		generation uint64
		descriptor *wire.Descriptor
	}
	// readerStopped says since when nothing is read because too much is queued; the zero time ends that.
	readerStopped struct {
		forRelay
		generation uint64
		since      time.Time
	}
	// stuckChanged says what delivery, if any, failed for good and will come again only at the next dial.
	stuckChanged struct {
		forRelay
		stuck *Stuck
	}
	// idleSettled ends the go-idle of a GoDormant, which is known by its reply channel.
	idleSettled struct {
		forRelay
		caller chan<- bool
		acked  bool
	}
	// drained says that a part of the relay has nothing in flight any more.
	drained struct {
		forRelay
		by part
	}
	// redialDue and holdExpired are timers; the setting tells the current one from a stale one.
	redialDue struct {
		forRelay
		setting uint32
	}
	holdExpired struct {
		forRelay
		setting uint32
	}
	// drainExpired bounds a stage of the end.
	drainExpired struct {
		forRelay
		stage closingStage
	}
)

// closingStage is a step of an orderly end.
type closingStage int

const (
	draining closingStage = iota
	endingHandlers
	closingLink
)

// part names what a closing relay waits for.
type part string

const (
	pendingRequests  part = "requests"
	queuedDeliveries part = "deliveries"
	runningHandlers  part = "handlers"
)

// toRegistry is what the registry of pending requests understands.
type toRegistry interface{ toRegistry() }

type forRegistry struct{ quiet }

func (forRegistry) toRegistry() {}

// requestID is a request's id: 32 hex digits.
type requestID [32]byte

type (
	// request is registered by the registry, and its frame handed to the connection. It comes through a queue of its own,
	// and belongs with what it refers to to the registry until reply got its one outcome.
	request struct {
		id      requestID     // inside frame
		frame   []byte        // as it goes over the socket
		timeout time.Duration // 0 is OutboundTimeout
		reply   answerer
		next    *request // in the queue
	}
	// requestsArrived says that there are requests in the queue.
	requestsArrived struct {
		forRegistry
		mailbox.Link
		by *sender // who waits for one; nil if nobody does
	}
	// cancelRequest forgets a request whose caller has gone.
	cancelRequest struct {
		forRegistry
		id requestID
	}
	// sendInterrupt hands an interrupt frame to the connection. The reply is nil, or why it could not.
	sendInterrupt struct {
		forRegistry
		frame []byte
		reply chan<- error
	}
	// interruptGathered says that a connection's writer took the oldest interrupt that was not answered for, or why not.
	interruptGathered struct {
		forRegistry
		generation uint64
		err        error // nil or a *SendError
	}
	// goIdle asks the connector to buffer. Calls that overlap share one frame; each has its own timeout. The reply is
	// true on the connector's acknowledgement.
	goIdle struct {
		forRegistry
		timeout time.Duration
		reply   chan<- bool
	}
	// forgetIdle withdraws a goIdle by its reply channel.
	forgetIdle struct {
		forRegistry
		reply chan<- bool
	}
	// linkReady says that a connection got its descriptor, so that requests can be sent over it.
	linkReady struct {
		forRegistry
		writer *writerRef
	}
	// idleAcked says that the connector now buffers.
	idleAcked struct {
		forRegistry
		generation uint64
	}
	// drainRegistry is answered by drained when nothing is pending; new requests fail as closed from now on.
	drainRegistry struct{ forRegistry }
	// endRequests settles everything that is pending as closed.
	endRequests struct{ forRegistry }
	// deadlineDue is the timer for the oldest request, idleDue the one for a goIdle.
	deadlineDue struct{ forRegistry }
	idleDue     struct {
		forRegistry
		reply chan<- bool
	}
)

// Lender implements mailbox.Lending: a caller that waits for the registry lends it his goroutine.
func (m *requestsArrived) Lender() *sender { return m.by }

// linkLost says that a connection is over. written counts its requests, in order, that may have reached the connector;
// err says what ended the writing, if anything did.
type linkLost struct {
	forRegistry
	forInbox
	quiet
	generation uint64
	written    uint64
	err        error
}

// toInbox is what the inbox understands. A batch is such a message, and so is a run.
type toInbox interface{ toInbox() }

type forInbox struct{ quiet }

func (forInbox) toInbox() {}

type (
	// readingBegun says that what a connection delivers follows, and who takes its acknowledgements.
	readingBegun struct {
		forInbox
		writer *writerRef
	}
	// interruptRead brings an interrupt, which overtakes deliveries.
	interruptRead struct {
		forInbox
		interrupt wire.InterruptInbound
	}
	// readerPaused says that a reader stopped reading because too much is queued. The inbox sends to resume when less
	// than the bounds is.
	readerPaused struct {
		forInbox
		generation uint64
		resume     chan<- struct{}
	}
	// handshakeFailed says that a connection has ended without a descriptor. What it brought is not acknowledged, and
	// forgotten unless it is decoded already: else connections that fail could bring more and more.
	handshakeFailed struct {
		forInbox
		generation uint64
	}
	// drainInbox is answered by drained when no delivery is queued or being handled; new ones are left to be replayed.
	drainInbox struct{ forInbox }
	// cancelHandlers ends the handlers' context; drained follows when the last one has returned.
	cancelHandlers struct{ forInbox }
	// settleDue is the timer for runs that take long.
	settleDue struct{ forInbox }
	// deadLetterEnded says whether the dead-letter handler took the delivery at the head of the lane.
	deadLetterEnded struct {
		forInbox
		lane string
		err  error
	}
	// interruptEnded says that the interrupt handler returned.
	interruptEnded struct {
		forInbox
		interrupt wire.InterruptInbound
	}
	// retryDue ends a lane's wait between two tries.
	retryDue struct {
		forInbox
		lane string
	}
)
