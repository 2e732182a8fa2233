package actors

import (
	"github.com/asynkron/protoactor-go/actor"
	"github.com/gobwas/ws"

	"hermod/actors/internal/socket"
	"hermod/messages"
	"hermod/wire"
)

// maxOutboundFrame bounds an outbound frame: connectors may refuse longer ones.
const maxOutboundFrame = 1 << 20

// encode gives a request its id and frame, on the caller's goroutine. The frame lies in buffer, or in a larger one,
// which is returned.
func (c *config) encode(req *request, buffer []byte, a wire.Action, platform string) ([]byte, *SendError) {
	if a.IsZero() {
		return buffer, sendFailed("the action is empty; make one with the wire package")
	}
	if err := a.Err(); err != nil {
		return buffer, sendFailed("%v", err)
	}
	if buffer == nil {
		buffer = make([]byte, socket.HeaderRoom, socket.HeaderRoom+a.Size()+128)
	}
	wire.AppendRequestID(req.id[:0])
	var via wire.Identity
	if platform != "" {
		via = c.identity(platform)
	}
	buffer = wire.AppendOutbound(buffer[:socket.HeaderRoom], string(req.id[:]), a, via.Platform, via.BotID)
	if size := len(buffer) - socket.HeaderRoom; size > maxOutboundFrame {
		return buffer, tooLarge(size)
	}
	req.frame = socket.SealFrame(buffer, ws.OpText)
	return buffer, nil
}

func tooLarge(size int) *SendError {
	return sendFailed("the frame has %d bytes; the limit is 1 MiB", size)
}

// respond sends an outcome to the sender of a request that came as a message. It runs on a goroutine.
func respond(root *actor.RootContext, sender *actor.PID, outcome <-chan messages.Outcome, done <-chan struct{}) {
	closed := (&SendError{Reason: ErrClosed}).outcome()
	select {
	case o := <-outcome:
		root.Send(sender, &o)
	case <-done:
		root.Send(sender, &closed)
	}
}
