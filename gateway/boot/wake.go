package boot

import (
	"errors"
	"io"
	"net/http"
	"time"

	"hermod/messages"
	"hermod/wire"
)

// maxWakeBody bounds the body of a wake in bytes; nothing in it counts but its signature.
const maxWakeBody = 4 << 10

// WakeCall is a request to wake relays.
type WakeCall struct {
	// Relay names one relay; "" is all of them.
	Relay string
	// Signed says that the connector proved itself with a delivery key.
	Signed bool
}

// WakeConfig describes a wake endpoint.
type WakeConfig struct {
	// Wake wakes what the call names and reports whether it knows that relay. It must not block.
	// WakeRelays makes one for an engine.
	Wake func(WakeCall) bool
	// Keys returns the delivery keys to accept, newest first. When there is one, a call must be signed by it. nil, or an
	// answer without keys, takes unsigned calls too, as the reference's connectors make them: a bare GET. Such a call can
	// wake a dormant relay and nothing else.
	Keys func() []wire.Secret
}

// WakeHandler serves the URL that a gateway gives to its connector as wakeUrl: GET or POST, where ?relay=NAME wakes one
// relay and its absence all of them. It answers 204 when the relays were told to wake, 401 to a call without a valid
// signature where one is needed, 404 to an unknown relay, 405 and 413. It belongs on an address that the connector
// reaches, without the gateway's own authentication in front.
func WakeHandler(cfg WakeConfig) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			w.Header().Set("Allow", "GET, POST")
			http.Error(w, "use GET or POST", http.StatusMethodNotAllowed)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWakeBody))
		var tooLarge *http.MaxBytesError
		switch {
		case errors.As(err, &tooLarge):
			http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
			return
		case err != nil:
			http.Error(w, "the body could not be read", http.StatusBadRequest)
			return
		}
		call := WakeCall{Relay: r.URL.Query().Get("relay")}
		if cfg.Keys != nil {
			keys := cfg.Keys()
			err := wire.VerifyDelivery(body, r.Header.Get(wire.DeliveryTimestampHeader),
				r.Header.Get(wire.DeliverySignatureHeader), keys, time.Now(), wire.DeliverySkew)
			if err != nil && len(keys) > 0 {
				http.Error(w, err.Error(), http.StatusUnauthorized)
				return
			}
			call.Signed = err == nil
		}
		if !cfg.Wake(call) {
			http.Error(w, "there is no such relay", http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// Sleeper is what WakeRelays wakes; *actors.Relay is one.
type Sleeper interface {
	Name() string
	Status() messages.Status
	Wake()
}

// WakeRelays wakes the relays of a list, say of actors.Engine.Relays. A signed call also ends the wait of a relay in
// backoff: the connector is there. An unsigned one wakes dormant relays only, so that no stranger can make a gateway
// hammer a connector that is in trouble.
func WakeRelays[R Sleeper](list func() []R) func(WakeCall) bool {
	return func(call WakeCall) bool {
		known := call.Relay == ""
		for _, relay := range list() {
			if call.Relay != "" && relay.Name() != call.Relay {
				continue
			}
			known = true
			if call.Signed || relay.Status().State == messages.Dormant {
				relay.Wake()
			}
		}
		return known
	}
}
