package wire

import "fmt"

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
