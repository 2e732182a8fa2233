package actors

import (
	"errors"
	"maps"

	"hermod/messages"
	"hermod/supervisor"
	"hermod/wire"
)

// maxLinkEnds bounds the kinds of ends that a relay tells apart, since the connector chooses the codes; beyond it a code
// counts as 0, which the causes bound.
const maxLinkEnds = 32

// countEnd counts how a link ended, in a new map: others may be reading the old one.
func countEnd(ends map[messages.LinkEnd]uint64, err error) map[messages.LinkEnd]uint64 {
	end := linkEnd(err)
	if _, known := ends[end]; !known && len(ends) >= maxLinkEnds {
		end.Code = 0
	}
	counted := make(map[messages.LinkEnd]uint64, len(ends)+1)
	maps.Copy(counted, ends)
	counted[end]++
	return counted
}

func linkEnd(err error) messages.LinkEnd {
	var closed *wire.CloseError
	var dial *supervisor.DialError
	var handshake *supervisor.HandshakeError
	var lost *supervisor.LostError
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
