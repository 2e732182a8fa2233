package actors

import (
	"time"

	"hermod/actors/internal/mailbox"
)

// What a connection's actors understand: its link, its reader, its writer.

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
		err     error
		unheard error // why the connector was not told hello
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
	// pongOverdue says that a ping got no pong in time.
	pongOverdue struct{ forLink }
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
	// openingOverdue, writeFailureOverdue and closeOverdue are the link's timers.
	openingOverdue      struct{ forLink }
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
		lends
		mailbox.Link
		turn *dialTurn
	}
	// endDial says that a dial is over, or is not wanted any more.
	endDial struct {
		forDials
		lends
		mailbox.Link
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
		mailbox.Link
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
	// acksArrived says that there are acknowledgements in the queue.
	acksArrived struct{ forWriter }
	writePing   struct{ forWriter }
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

// writerRef tells a writer its messages. Tell never blocks and is safe for concurrent use.
type writerRef struct {
	onDemand[toWriter]
	acks       ackQueue // to the writer
	generation uint64   // of its connection
}
