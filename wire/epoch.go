package wire

import (
	"strconv"
	"strings"
)

// EpochHeader of the upgrade says which of several machines that may run a gateway runs it now: each one that takes the
// gateway over has a higher epoch than all before. Connectors that do not know it ignore it.
const EpochHeader = "X-Relay-Epoch"

// EpochOf reads the epoch of an upgrade, such as http.Header.Get returns it. It is 0, none, when it was not shown or
// makes no sense.
func EpochOf(header func(name string) string) int64 {
	shown, err := strconv.ParseInt(strings.TrimSpace(header(EpochHeader)), 10, 64)
	if err != nil {
		return 0
	}
	return max(0, shown)
}
