package actors

import (
	"errors"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/actors/internal/socket"
	"hermod/supervisor"
	"hermod/wire"
)

// reader owns the read half of one connection. Reading blocks, so a read loop does it on a goroutine; while that has
// nothing to report there is no actor, since a relay at rest weighs little. The loop's last word is why nothing more
// can be read. The reader then ends the closing handshake on this side, and raises the reason as the failure of its
// link.
//
//	reading ──readEnded──▶ goodbye ──closeWritten, goodbyeOverdue──▶ raised
//	   └──readEnded, nothing to say──────────────────────────────────┘
type reader struct {
	*connection
	end     *readEnded  // nil while the loop reads
	goodbye *time.Timer // nil but while the goodbye is on its way
}

// readerOf spawns a connection's reader.
type readerOf struct{ *connection }

func (c readerOf) spawn() *actor.PID {
	parent := c.link.Hold()
	if parent == nil {
		return nil
	}
	return spawnUnder(c.relay.tree, parent,
		actor.PropsFromProducer(func() actor.Actor { return &reader{connection: c.connection} }))
}

func (readerOf) welcome(*actor.PID) {}

// goodbyeWait is how long the answer to a close frame may take before the socket is left.
const goodbyeWait = 100 * time.Millisecond

// Receive implements actor.Actor.
func (r *reader) Receive(ctx actor.Context) {
	defer supervisor.LogBug(r.relay.cfg.log, ctx)
	switch m := ctx.Message().(type) {
	case *readEnded:
		r.enterGoodbye(ctx, m)
	case *closeWritten, *goodbyeOverdue:
		r.raise()
	case *actor.Stopping, *actor.Restarting:
		stopTimer(r.goodbye)
	default:
		supervisor.WarnUnknown(r.relay.cfg.log, ctx)
	}
}

// enterGoodbye answers the connector's close frame, or says what the connector did wrong.
func (r *reader) enterGoodbye(ctx actor.Context, m *readEnded) {
	r.end = m
	code := goodbyeTo(m.err)
	if code == 0 {
		r.raise()
		return
	}
	r.goodbye = refTo[toReader](ctx, ctx.Self()).after(goodbyeWait, &goodbyeOverdue{})
	r.writer.Tell(&writeClose{code: code})
}

// raise fails the link. A close frame of the link's own may have been written before the loop ended.
func (r *reader) raise() {
	if r.end != nil {
		supervisor.Raise(r.end.err, r.end.handshakeAt)
	}
}

// goodbyeTo returns the close code that answers an end, 0 when there is nobody to answer.
func goodbyeTo(err error) (code int) {
	var closed *closeFrameError
	var violation *socket.ProtocolError
	var tooLarge *wire.FrameTooLargeError
	switch {
	case errors.As(err, &closed):
		return closed.answer
	case errors.As(err, &violation):
		return wire.CloseProtocol
	case errors.As(err, &tooLarge):
		return wire.CloseTooBig
	}
	return 0
}

// closeFrameError is the connector's close frame, and the code that answers it.
type closeFrameError struct {
	*wire.CloseError
	answer  int
	offence string // how the frame breaks RFC 6455, "" when it does not
}

func newCloseFrameError(payload []byte) *closeFrameError {
	closed, answer := wire.ParseClose(payload)
	e := &closeFrameError{CloseError: closed, answer: answer}
	switch {
	case len(payload) == 1:
		e.offence = "a body of one byte"
	case answer == wire.CloseInvalidData && answer != closed.Code:
		e.offence = "a reason that is not valid UTF-8"
	case answer == wire.CloseProtocol && answer != closed.Code:
		e.offence = "a code that must not be sent"
	}
	return e
}

// Error names the code, the connector's reason, and what is wrong with the frame.
func (e *closeFrameError) Error() string {
	if e.offence == "" {
		return e.CloseError.Error()
	}
	return e.CloseError.Error() + " (websocket protocol violation: the close frame has " + e.offence + ")"
}

// Unwrap returns the *wire.CloseError, which supervision judges.
func (e *closeFrameError) Unwrap() error { return e.CloseError }
