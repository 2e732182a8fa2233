package actors

import (
	"context"

	"github.com/asynkron/protoactor-go/actor"

	"hermod/messages"
	"hermod/wire"
)

// SendOption changes one request.
type SendOption func(*sendOptions)

type sendOptions struct{ platform string }

// Via tags the request with a platform, for relays that front several. When the platform is one of the relay's
// identities the frame names its bot, too.
func Via(platform string) SendOption { return func(o *sendOptions) { o.platform = platform } }

// maxOutboundFrame bounds an outbound frame: connectors may refuse longer ones.
const maxOutboundFrame = 1 << 20

// Call is a request that was begun.
type Call struct {
	relay *Relay
	id    string
	reply chan messages.Outcome
}

// Start begins a request without waiting for its result. The requests that one goroutine starts reach the connector in
// that order. One that cannot be begun fails at Wait.
func (r *Relay) Start(a wire.Action, opts ...SendOption) *Call {
	var o sendOptions
	for _, opt := range opts {
		opt(&o)
	}
	call := &Call{relay: r, reply: make(chan messages.Outcome, 1)}
	id, frame, refusal := r.cfg.encode(a, o.platform)
	if refusal != nil {
		call.reply <- refusal.outcome()
		return call
	}
	call.id = id
	r.registry.Tell(&messages.Request{ID: id, Frame: frame, Reply: call.reply})
	return call
}

// Wait returns the request's result or failure, as Send does. It may be called once.
func (c *Call) Wait(ctx context.Context) (wire.Result, error) {
	var o messages.Outcome
	select {
	case o = <-c.reply:
	case <-ctx.Done():
		c.relay.registry.Tell(&messages.Cancel{ID: c.id})
		o = (&SendError{Reason: ctx.Err(), Ambiguous: true}).outcome()
	case <-c.relay.done:
		o = c.afterTheEnd()
	}
	return o.Result, o.Err
}

// afterTheEnd returns the outcome that came before the relay's end, if one did.
func (c *Call) afterTheEnd() messages.Outcome {
	select {
	case o := <-c.reply:
		return o
	default:
		return (&SendError{Reason: ErrClosed}).outcome()
	}
}

// Send asks the connector to carry out an action and waits for its result. The error is nil whenever the connector
// answered, even with success false. For a failure that Hermod made, the error matches one of ErrNotConnected, ErrClosed,
// ErrTimeout, ErrConnectionLost, ErrSendFailed, ErrBusy or the context's error, and the result says the same in the words
// that gateways match on. When ctx ends, the request is forgotten at once; it may have been applied.
func (r *Relay) Send(ctx context.Context, a wire.Action, opts ...SendOption) (wire.Result, error) {
	return r.Start(a, opts...).Wait(ctx)
}

// FollowUp is Send for an action of the op "follow_up", which continues an interaction by its session key.
func (r *Relay) FollowUp(ctx context.Context, a wire.Action, opts ...SendOption) (wire.Result, error) {
	return r.Send(ctx, a, opts...)
}

// ChatInfo asks for a chat's name and type. What the connector does not say is filled in: the chat id as the name and
// "dm" as the type, also when the request failed; the error then says why.
func (r *Relay) ChatInfo(ctx context.Context, chatID string, opts ...SendOption) (wire.ChatInfo, error) {
	result, err := r.Send(ctx, wire.NewGetChatInfo(chatID), opts...)
	return result.ChatInfo(chatID), err
}

// Interrupt tells the connector that a session's work was interrupted; reason may be nil. Nothing answers it: nil means
// that the frame was queued on an open connection.
func (r *Relay) Interrupt(ctx context.Context, sessionKey string, reason *string) error {
	reply := make(chan error, 1)
	r.registry.Tell(&messages.SendInterrupt{Frame: wire.AppendInterrupt(nil, sessionKey, reason), Reply: reply})
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-r.done:
		return &SendError{Reason: ErrClosed}
	}
}

// encode makes an action's frame, on the caller's goroutine.
func (c *config) encode(a wire.Action, platform string) (id string, frame []byte, refusal *SendError) {
	if a.IsZero() {
		return "", nil, sendFailed("the action is empty; make one with the wire package")
	}
	if err := a.Err(); err != nil {
		return "", nil, sendFailed("%v", err)
	}
	id = wire.NewRequestID()
	frame = wire.AppendOutbound(make([]byte, 0, a.Size()+128), id, a, platform, c.botIDs[platform])
	if len(frame) > maxOutboundFrame {
		return "", nil, sendFailed("the frame has %d bytes; the limit is 1 MiB", len(frame))
	}
	return id, frame, nil
}

// perform serves a request that came as a message. Without a reply channel the outcome goes to the sender.
func (r *relayActor) perform(ctx actor.Context, m *messages.Perform) {
	reply := m.Reply
	if reply == nil {
		outcome := make(chan messages.Outcome, 1)
		reply = outcome
		go respond(ctx.ActorSystem().Root, ctx.Sender(), outcome, r.handle.done)
	}
	id, frame, refusal := r.cfg.encode(m.Action, m.Platform)
	if refusal != nil {
		reply <- refusal.outcome()
		return
	}
	r.registry.Tell(&messages.Request{ID: id, Frame: frame, Reply: reply})
}

func respond(root *actor.RootContext, sender *actor.PID, outcome <-chan messages.Outcome, done <-chan struct{}) {
	closed := (&SendError{Reason: ErrClosed}).outcome()
	select {
	case o := <-outcome:
		root.Send(sender, &o)
	case <-done:
		root.Send(sender, &closed)
	}
}
