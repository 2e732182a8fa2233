package wire

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Close codes of a link. Those below 4000 are defined by RFC 6455, the others by the protocol.
const (
	CloseNormal      = 1000
	CloseGoingAway   = 1001
	CloseProtocol    = 1002
	CloseNoStatus    = 1005
	CloseInvalidData = 1007
	ClosePolicy      = 1008
	CloseTooBig      = 1009
	CloseInternal    = 1011
	CloseRestart     = 1012
	CloseTryLater    = 1013

	CloseReplaced     = 4000
	CloseUnauthorized = 4401
	CloseForbidden    = 4403
)

// CloseError says that the connector closed the link. Code is CloseNoStatus when its close
// frame had none.
type CloseError struct {
	Code   int
	Reason string
}

// Error names the code and the connector's reason.
func (e *CloseError) Error() string {
	if e.Reason == "" {
		return fmt.Sprintf("connector closed the link: %d", e.Code)
	}
	return fmt.Sprintf("connector closed the link: %d %s", e.Code, e.Reason)
}

// ParseClose reads the payload of a close frame, as RFC 6455 has it, and returns what the connector said and the code
// to answer with. The answer to a valid payload is its own code, CloseNormal when it is empty; to one that breaks the
// rules it is CloseProtocol (one byte alone, or a code that may not be sent) or CloseInvalidData (a reason that is not
// valid UTF-8). The CloseError says what was sent in any case, since the link is over: its Reason is always valid
// UTF-8, and its Code is CloseNoStatus when the payload is too short for one.
func ParseClose(payload []byte) (closed *CloseError, reply int) {
	switch len(payload) {
	case 0:
		return &CloseError{Code: CloseNoStatus}, CloseNormal
	case 1:
		return &CloseError{Code: CloseNoStatus}, CloseProtocol
	}
	code, reason := int(payload[0])<<8|int(payload[1]), payload[2:]
	closed = &CloseError{Code: code, Reason: strings.ToValidUTF8(string(reason), "\ufffd")}
	switch {
	case !sendable(code):
		return closed, CloseProtocol
	case !utf8.Valid(reason):
		return closed, CloseInvalidData
	}
	return closed, code
}

// sendable reports whether a close frame may hold the code: those that are registered for use in a
// frame, and those from 3000 to 4999, which libraries and applications may define.
func sendable(code int) bool {
	switch {
	case code >= 1000 && code <= 1003, code >= 1007 && code <= 1014, code >= 3000 && code <= 4999:
		return true
	}
	return false
}
