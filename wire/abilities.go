package wire

import (
	"slices"
	"strconv"
	"strings"
)

// Headers of the upgrade by which a gateway shows its Abilities. Connectors that do not know them ignore them.
const (
	MaxMessageHeader = "X-Relay-Max-Message"
	AcksHeader       = "X-Relay-Acks"
)

// MaxPlainMessage bounds the WebSocket messages for a gateway that showed nothing, in bytes: released gateways close
// the connection with 1009 on a larger one.
const MaxPlainMessage = 1 << 20

// Abilities are what a gateway can do beyond what the released ones can.
type Abilities struct {
	// MaxMessage is the size of the largest message that it takes, in bytes, at least MaxPlainMessage.
	MaxMessage int
	// AcksPassthrough: it acknowledges each passthrough_forward that has a bufferId.
	AcksPassthrough bool
}

// Show passes the headers that show a to set, such as http.Header.Set.
func (a Abilities) Show(set func(name, value string)) {
	set(MaxMessageHeader, strconv.Itoa(a.MaxMessage))
	if a.AcksPassthrough {
		set(AcksHeader, KindInbound.String()+", "+KindPassthroughForward.String())
	}
}

// AbilitiesOf reads the headers of an upgrade, such as http.Header.Get returns them. What makes no sense counts as not
// shown.
func AbilitiesOf(header func(name string) string) Abilities {
	a := Abilities{MaxMessage: MaxPlainMessage}
	if shown, err := strconv.Atoi(strings.TrimSpace(header(MaxMessageHeader))); err == nil {
		a.MaxMessage = max(shown, MaxPlainMessage)
	}
	acks := strings.FieldsFunc(header(AcksHeader), func(r rune) bool { return r == ',' || r == ' ' })
	a.AcksPassthrough = slices.Contains(acks, KindPassthroughForward.String())
	return a
}
