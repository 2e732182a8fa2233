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
