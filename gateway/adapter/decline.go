package adapter

import (
	"strings"

	"hermod/wire"
)

// Declined says whether a connector refused the destination: it has not authorised this
// gateway to write there. Do not try another op on that chat. A result that is ambiguous, or
// says that an acknowledgement was lost, is never a refusal: the action may have been applied.
func Declined(r wire.Result) bool {
	said := strings.ToLower(r.Error)
	if r.Success || r.Ambiguous || strings.Contains(said, "ack lost") {
		return false
	}
	return r.Code == "egress_declined" || strings.Contains(said, "egress declined:")
}
