package supervisor

import (
	"errors"
	"maps"

	"hermod/messages"
	"hermod/wire"
)

// MaxLinkEnds bounds the kinds of ends that a relay tells apart, since the connector chooses the codes; beyond it a
// code counts as 0, which the causes bound.
const MaxLinkEnds = 32

// CountEnd returns ends with one more for err, in a new map: others may be reading the old one.
func CountEnd(ends map[messages.LinkEnd]uint64, err error) map[messages.LinkEnd]uint64 {
	end := EndOf(err)
	if _, known := ends[end]; !known && len(ends) >= MaxLinkEnds {
		end.Code = 0
	}
	counted := make(map[messages.LinkEnd]uint64, len(ends)+1)
	maps.Copy(counted, ends)
	counted[end]++
	return counted
}

// EndOf tells how a link ended by its failure.
func EndOf(err error) messages.LinkEnd {
	var closed *wire.CloseError
	var dial *DialError
	var handshake *HandshakeError
	var lost *LostError
	switch {
	case errors.As(err, &closed):
		return messages.LinkEnd{Cause: messages.CauseClosed, Code: closed.Code}
	case errors.As(err, &dial) && dial.Status != 0:
		return messages.LinkEnd{Cause: messages.CauseRefused, Code: dial.Status}
	case errors.As(err, &dial):
		return messages.LinkEnd{Cause: messages.CauseDial}
	case errors.As(err, &handshake):
		return messages.LinkEnd{Cause: messages.CauseHandshake}
	case errors.As(err, &lost):
		return messages.LinkEnd{Cause: messages.CauseLost}
	}
	return messages.LinkEnd{Cause: messages.CauseInternal}
}
