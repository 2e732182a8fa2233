package actors

import (
	"hermod/messages"
	"hermod/wire"
)

// answerer takes a request's outcome: over a channel with room for it, or else by a call.
type answerer struct {
	channel chan<- messages.Outcome
	call    func(wire.Result, error)
}

func (a answerer) answer(o messages.Outcome) {
	if a.call != nil {
		a.call(o.Result, o.Err)
		return
	}
	a.channel <- o
}

// StartFunc is Start for a caller that does not wait: done gets the outcome, on an actor of the relay's, so it must not
// block. It is called once at most: a relay that ends may leave it out, and whoever relies on it watches Done, too. The
// outcome of a request that cannot be begun comes before StartFunc returns.
func (r *Relay) StartFunc(a wire.Action, done func(wire.Result, error), opts ...SendOption) {
	o := optionsOf(opts)
	m := &request{timeout: o.timeout, reply: answerer{call: done}}
	if _, refusal := r.cfg.encode(m, nil, a, o.platform); refusal != nil {
		m.reply.answer(refusal.outcome())
		return
	}
	r.shared.begin(m)
}
