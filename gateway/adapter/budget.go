package adapter

import (
	"strings"
	"time"

	"hermod/wire"
)

// closeVariable is the time that a gateway gives the closing of a link, in seconds.
const closeVariable = "HERMES_GATEWAY_ADAPTER_DISCONNECT_TIMEOUT"

// CloseBudget returns how long the closing of a relay may take by the environment, for the context of Relay.Close:
// HERMES_GATEWAY_ADAPTER_DISCONNECT_TIMEOUT, in seconds. A value that cannot be read counts as five seconds, and one
// below a second as one, which the teardown needs. Without the variable it is otherwise. Getenv is os.Getenv, or
// stands in for it.
func CloseBudget(getenv func(name string) string, otherwise time.Duration) time.Duration {
	value := strings.TrimSpace(getenv(closeVariable))
	if value == "" {
		return otherwise
	}
	return max(time.Second, wire.ParseDrainBudget(value))
}
