package adapter

import (
	"fmt"
	"strings"

	"hermod/wire"
)

// Offers says whether an op may be used where this descriptor counts. get_chat_info always
// may: it is older than the list of ops. A nil descriptor, of a session that has none yet,
// offers what a connector does that lists nothing: send, edit, typing and follow_up.
func Offers(d *wire.Descriptor, op string) bool {
	if d == nil {
		d = &wire.Descriptor{}
	}
	return op == wire.OpGetChatInfo || d.SupportsOp(op)
}

// UnsupportedOpError says that the connector does not offer an op on a platform.
type UnsupportedOpError struct {
	Op string
	// Platform is "" for the session's default.
	Platform string
}

// Error names the op, the platform and what to do.
func (e *UnsupportedOpError) Error() string {
	where := "the session's default platform"
	if e.Platform != "" {
		where = e.Platform
	}
	return fmt.Sprintf("adapter: the connector does not offer %q on %s; send the same as text, or do without", e.Op, where)
}

// NotFrontedError says that an action names a platform on which the relay has no bot.
type NotFrontedError struct {
	Platform string
	// Fronted are the platforms of the relay's identities.
	Fronted []string
}

// Error names the platform and those that could be named.
func (e *NotFrontedError) Error() string {
	return fmt.Sprintf("adapter: the relay has no bot on %q; name one of %s, or none", e.Platform, strings.Join(e.Fronted, ", "))
}
