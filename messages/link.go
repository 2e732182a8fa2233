package messages

import "time"

// ToLink is what a link understands.
type ToLink interface{ toLink() }

// Dialed ends a dial: there is a connection after its upgrade, or Err says why there is none.
type Dialed struct {
	forLink
	// Early are bytes that the connector sent together with its upgrade response.
	Early []byte
	Err   error
}

// HandshakeCompleted says that the connection got its first good descriptor, and when.
type HandshakeCompleted struct {
	forLink
	Opened time.Time
}

// DescriptorRefused says why a descriptor frame could not be used.
type DescriptorRefused struct {
	forLink
	Err error
}

// WriteFailed says that the write half is broken. The read half may still hold the close frame that says why.
type WriteFailed struct {
	forLink
	Err error
}

// PongRead says that the connector answered a ping.
type PongRead struct{ forLink }

// ReadingPaused says whether the reader stopped reading because too much is queued; a pong cannot be seen meanwhile.
type ReadingPaused struct {
	forLink
	Paused bool
}

// CloseLink sends a close frame and ends the link without a failure.
type CloseLink struct {
	forLink
	Code   int
	Reason string
}

// HandshakeOverdue, KeepaliveDue, WriteFailureOverdue and CloseOverdue are the link's timers.
type (
	HandshakeOverdue    struct{ forLink }
	KeepaliveDue        struct{ forLink }
	WriteFailureOverdue struct {
		forLink
		Err error
	}
	CloseOverdue struct{ forLink }
)

type forLink struct{ quiet }

func (forLink) toLink() {}
