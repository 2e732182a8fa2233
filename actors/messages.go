package actors

import (
	"sync/atomic"
	"time"

	"hermod/messages"
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
		setting uint64
	}
	holdExpired struct {
		forRelay
		setting uint64
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

// toLink is what a link understands.
type toLink interface{ toLink() }

type forLink struct{ quiet }

func (forLink) toLink() {}

type (
	// dialGranted says that the link may dial now.
	dialGranted struct{ forLink }
	// dialed ends a dial: there is a connection after its upgrade, or err says why there is none.
	dialed struct {
		forLink
		early []byte // came together with the upgrade's response
		err   error
	}
	// handshakeCompleted says that the connection got its first good descriptor, and when.
	handshakeCompleted struct {
		forLink
		at time.Time
	}
	// descriptorRefused says why the first descriptor frame could not be used.
	descriptorRefused struct {
		forLink
		err error
	}
	// writeFailed says that the write half is broken. The read half may still hold the close frame that says why.
	writeFailed struct {
		forLink
		err error
	}
	// pongRead says that the connector answered a ping.
	pongRead struct{ forLink }
	// readingPaused says whether the reader stopped reading because too much is queued; no pong can be seen meanwhile.
	readingPaused struct {
		forLink
		paused bool
	}
	// closeLink sends a close frame and ends the link without a failure.
	closeLink struct {
		forLink
		code   int
		reason string
	}
	// dialOverdue, handshakeOverdue, keepaliveDue, writeFailureOverdue and closeOverdue are the link's timers.
	dialOverdue         struct{ forLink }
	handshakeOverdue    struct{ forLink }
	keepaliveDue        struct{ forLink }
	closeOverdue        struct{ forLink }
	writeFailureOverdue struct {
		forLink
		err error
	}
)

// toDials is what an engine's queue of dials understands.
type toDials interface{ toDials() }

type forDials struct{ quiet }

func (forDials) toDials() {}

type (
	// askDial asks for a turn to dial, which belongs to the queue from now on. The link learns by dialGranted.
	askDial struct {
		forDials
		turn *dialTurn
	}
	// endDial says that a dial is over, or is not wanted any more.
	endDial struct {
		forDials
		turn *dialTurn
	}
	// endDials ends the queue and lets everybody dial.
	endDials struct{ forDials }
)

// toReader is what a connection's read half understands.
type toReader interface{ toReader() }

type forReader struct{ quiet }

func (forReader) toReader() {}

type (
	// readEnded says why nothing more can be read, and when the connection got its first descriptor, zero if it got none.
	readEnded struct {
		forReader
		err         error
		handshakeAt time.Time
	}
	// closeWritten says that a close frame is on the socket, or cannot get there.
	closeWritten struct{ forReader }
	// goodbyeOverdue is the reader's timer for that.
	goodbyeOverdue struct{ forReader }
)

// toWriter is what a connection's write half understands.
type toWriter interface{ toWriter() }

type forWriter struct{ quiet }

func (forWriter) toWriter() {}

type (
	// writeRequests writes outbound frames; the writer counts these to tell afterwards which may have arrived.
	writeRequests struct {
		forWriter
		bytes []byte // the frames as they go over the socket
		ends  []int  // the end of each
	}
	// writeInterrupt writes an interrupt. The registry learns by interruptGathered whether it was taken.
	writeInterrupt struct {
		forWriter
		frame []byte
	}
	// writeFrame writes any other frame.
	writeFrame struct {
		forWriter
		frame []byte
	}
	// writeAck acknowledges a delivery.
	writeAck struct {
		forWriter
		bufferID string
	}
	writePing struct{ forWriter }
	// writePong says that the connection has a ping to answer.
	writePong struct{ forWriter }
	// writeClose sends a close frame after everything that waits; what comes after it is dropped. The reader, if there is
	// one, learns by closeWritten that the frame is on the socket or cannot get there.
	writeClose struct {
		forWriter
		code   int
		reason string
	}
	// flushed says how many bytes a write took and why it stopped.
	flushed struct {
		forWriter
		bytes int
		err   error
	}
)

// writerRef tells a writer its messages and counts those that it has not received yet: when none is left, what was
// gathered goes out. Tell never blocks and is safe for concurrent use.
type writerRef struct {
	onDemand[toWriter]
	generation uint64 // of its connection
	waiting    atomic.Int64
}

// Tell sends m.
func (w *writerRef) Tell(m toWriter) {
	w.waiting.Add(1)
	w.onDemand.Tell(m)
}

// toRegistry is what the registry of pending requests understands.
type toRegistry interface{ toRegistry() }

type forRegistry struct{ quiet }

func (forRegistry) toRegistry() {}

// requestID is a request's id: 32 hex digits.
type requestID [32]byte

type (
	// request registers a request and hands its frame to the connection. The message and what it refers to belong to the
	// registry until reply got its one outcome.
	request struct {
		forRegistry
		id      requestID     // inside frame
		frame   []byte        // as it goes over the socket
		timeout time.Duration // 0 is OutboundTimeout
		reply   chan<- messages.Outcome
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
