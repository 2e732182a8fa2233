package actors

import (
	"context"
	"time"

	"hermod/messages"
	"hermod/wire"
)

// SendOption changes one request.
type SendOption func(*sendOptions)

type sendOptions struct {
	platform string
	timeout  time.Duration // 0 is OutboundTimeout
}

// Via tags the request with a platform, for relays that front several. When the platform is one of the relay's
// identities, in any spelling, the frame has that identity's and names its bot, too.
func Via(platform string) SendOption { return func(o *sendOptions) { o.platform = platform } }

// WithTimeout has the request wait for its result for d, longer or shorter than Config.OutboundTimeout, which is the
// limit if d is not positive. The context still ends the request earlier.
func WithTimeout(d time.Duration) SendOption { return func(o *sendOptions) { o.timeout = max(0, d) } }

// Call is a request that was begun.
type Call struct {
	relay   *Relay
	request request
	reply   chan messages.Outcome
	buffer  []byte // holds the frame
}

func newCall() *Call { return &Call{reply: make(chan messages.Outcome, 1)} }

// Start begins a request without waiting for its result. The requests that one goroutine starts reach the connector in
// that order. One that cannot be begun fails at Wait.
func (r *Relay) Start(a wire.Action, opts ...SendOption) *Call {
	call := newCall()
	call.begin(r, a, optionsOf(opts), false)
	return call
}

// StartFunc is Start for a caller that does not wait: done gets the outcome, on an actor of the relay's, so it must not
// block. It is called once, also when the relay ends. The outcome of a request that cannot be begun comes before
// StartFunc returns.
func (r *Relay) StartFunc(a wire.Action, done func(wire.Result, error), opts ...SendOption) {
	o := optionsOf(opts)
	m := &request{timeout: o.timeout, reply: answerer{call: done}}
	if _, refusal := r.cfg.encode(m, nil, a, o.platform); refusal != nil {
		m.reply.answer(refusal.outcome())
		return
	}
	r.shared.begin(m, true)
}

func optionsOf(opts []SendOption) sendOptions {
	if len(opts) == 0 {
		return sendOptions{}
	}
	var o sendOptions
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

func (c *Call) begin(r *Relay, a wire.Action, o sendOptions, waits bool) {
	c.relay = r
	var refusal *SendError
	if c.buffer, refusal = r.cfg.encode(&c.request, c.buffer, a, o.platform); refusal != nil {
		c.reply <- refusal.outcome()
		return
	}
	c.request.reply, c.request.timeout = answerer{channel: c.reply}, o.timeout
	r.shared.begin(&c.request, waits)
}

// Wait returns the request's result or failure, as Send does. It may be called once. The request is on its way since
// Start: when ctx ends, or is over already, it may have been applied.
func (c *Call) Wait(ctx context.Context) (wire.Result, error) {
	o, _ := c.wait(ctx)
	return o.Result, o.Err
}

// wait also says whether the registry has settled the request, and so refers to nothing of it any more. An outcome that
// is there counts, whatever else has ended meanwhile.
func (c *Call) wait(ctx context.Context) (o messages.Outcome, settled bool) {
	ended := ctx.Done()
	if ended == nil {
		return <-c.reply, true
	}
	select {
	case o = <-c.reply:
		return o, true
	case <-ended:
	}
	select {
	case o = <-c.reply:
		return o, true
	default:
		c.relay.registry.Tell(&cancelRequest{id: c.request.id})
		return (&SendError{Reason: ctx.Err(), Ambiguous: true}).outcome(), false
	}
}

// maxKeptFrame is the largest buffer that a call keeps for its next frame.
const maxKeptFrame = 4 << 10

// Send asks the connector to carry out an action and waits for its result. The error is nil whenever the connector
// answered, even with success false. For a failure that Hermod made, the error matches one of ErrNotConnected,
// ErrClosed, ErrTimeout, ErrConnectionLost, ErrSendFailed, ErrBusy or the context's error, and the result says the
// same in the words that gateways match on. When ctx ends, the request is forgotten at once; it may have been applied.
// If ctx is over already, nothing is sent.
func (r *Relay) Send(ctx context.Context, a wire.Action, opts ...SendOption) (wire.Result, error) {
	if err := ctx.Err(); err != nil {
		o := (&SendError{Reason: err}).outcome()
		return o.Result, o.Err
	}
	call, _ := r.pool().Get().(*Call)
	if call == nil {
		call = newCall()
	}
	call.begin(r, a, optionsOf(opts), true)
	o, settled := call.wait(ctx)
	if settled {
		if cap(call.buffer) > maxKeptFrame {
			call.buffer = nil
		}
		r.pool().Put(call)
	}
	return o.Result, o.Err
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
// that the frame was queued on an open connection. An error is as those of Send; sending again is always safe.
func (r *Relay) Interrupt(ctx context.Context, sessionKey string, reason *string) error {
	frame := wire.AppendInterrupt(nil, sessionKey, reason)
	if len(frame) > maxOutboundFrame {
		return tooLarge(len(frame))
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	reply := make(chan error, 1)
	r.registry.Tell(&sendInterrupt{frame: frame, reply: reply})
	var ended error
	select {
	case err := <-reply:
		return err
	case <-ctx.Done():
		ended = ctx.Err()
	case <-r.done.Channel():
		ended = &SendError{Reason: ErrClosed}
	}
	select {
	case err := <-reply:
		return err
	default:
		return ended
	}
}
