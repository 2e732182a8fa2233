package messages

import (
	"net"

	"hermod/wire"
)

// ToLink is what a link understands.
type ToLink interface{ toLink() }

// Dialed ends a dial: a connection after its upgrade, with the bytes that came along, or why there is none.
type Dialed struct {
	Conn net.Conn
	// Early are bytes that the connector sent together with its upgrade response.
	Early []byte
	Err   error
}

// DescriptorRead brings a descriptor frame, or why it could not be used.
type DescriptorRead struct {
	Descriptor *wire.Descriptor
	Err        error
}

// WriteFailed says that the write half is broken. The read half may still hold the close frame that says why.
type WriteFailed struct{ Err error }

// PongRead says that the connector answered a ping.
type PongRead struct{}

// ReadingPaused says whether the reader stopped reading because too much is queued; a pong cannot be seen meanwhile.
type ReadingPaused struct{ Paused bool }

// CloseLink sends a close frame and ends the link without a failure.
type CloseLink struct {
	Code   int
	Reason string
}

// HandshakeOverdue, KeepaliveDue, WriteFailureOverdue and CloseOverdue are the link's timers.
type (
	HandshakeOverdue    struct{}
	KeepaliveDue        struct{}
	WriteFailureOverdue struct{ Err error }
	CloseOverdue        struct{}
)

func (*Dialed) toLink()              {}
func (*DescriptorRead) toLink()      {}
func (*WriteFailed) toLink()         {}
func (*PongRead) toLink()            {}
func (*ReadingPaused) toLink()       {}
func (*CloseLink) toLink()           {}
func (*HandshakeOverdue) toLink()    {}
func (*KeepaliveDue) toLink()        {}
func (*CloseOverdue) toLink()        {}
func (*WriteFailureOverdue) toLink() {}

// IgnoreDeadLetterLogging keeps what outlives a link out of the log.
func (*Dialed) IgnoreDeadLetterLogging()              {}
func (*DescriptorRead) IgnoreDeadLetterLogging()      {}
func (*WriteFailed) IgnoreDeadLetterLogging()         {}
func (*PongRead) IgnoreDeadLetterLogging()            {}
func (*ReadingPaused) IgnoreDeadLetterLogging()       {}
func (*WriteFailureOverdue) IgnoreDeadLetterLogging() {}
func (*HandshakeOverdue) IgnoreDeadLetterLogging()    {}
func (*KeepaliveDue) IgnoreDeadLetterLogging()        {}
func (*CloseOverdue) IgnoreDeadLetterLogging()        {}
