package boot

import (
	"errors"
	"io"
	"net/http"
	"time"

	"hermod/messages"
	"hermod/wire"
)

const (
	// maxWakeBody bounds the body of a wake in bytes; nothing in it counts but its signature.
	maxWakeBody = 4 << 10
	// wakeTime is how long that may take to come.
	wakeTime = 5 * time.Second
)

// WakeCall is a request to wake relays.
type WakeCall struct {
	// Relay names one relay; "" is all of them.
	Relay string
	// Key is the delivery key by which the connector proved itself, "" if it did not.
	Key wire.Secret
}

// WakeConfig describes a wake endpoint.
type WakeConfig struct {
	// Wake wakes what the call names and reports whether it knows that relay. It must not block.
	// WakeRelays makes one for an engine.
	Wake func(WakeCall) bool
	// Keys returns the delivery keys to accept for the relay that is named, newest first; "" asks for those of all. When
	// there is one, a POST must be signed by it. An unsigned GET is what connectors send, whether they issued a key or
	// not: it can wake a dormant relay and nothing else.
	Keys func(relay string) []wire.Secret
}

// IsSignedWake says that a call carries a signature, good or bad. WakeHandler refuses it with 401 unless one of the
// keys made the signature, so such a call needs no other proof in front.
func IsSignedWake(r *http.Request) bool {
	return r.Header.Get(wire.DeliverySignatureHeader) != ""
}

// WakeHandler serves the URL that a gateway gives to its connector as wakeUrl: GET or POST, where ?relay=NAME wakes one
// relay and its absence all of them. It answers 204 when the relays were told to wake, 401 to a POST without a valid
// signature where one is needed, or to a call with a signature that none of the keys made, whether or not the relay
// exists; 404 to an unsigned call for an unknown relay; 405, 408 and 413. It belongs on an address that the connector
// reaches; the gateway's own authentication may stand in front of calls that are not signed.
func WakeHandler(cfg WakeConfig) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			w.Header().Set("Allow", "GET, POST")
			http.Error(w, "use GET or POST", http.StatusMethodNotAllowed)
			return
		}
		call := WakeCall{Relay: r.URL.Query().Get("relay")}
		var keys []wire.Secret
		if cfg.Keys != nil {
			keys = cfg.Keys(call.Relay)
		}
		switch {
		case IsSignedWake(r):
			var err error
			if call.Key, err = verifyWake(w, r, keys); err != nil {
				refuseWake(w, err)
				return
			}
		case len(keys) > 0 && r.Method != http.MethodGet:
			http.Error(w, "the call is not signed", http.StatusUnauthorized)
			return
		}
		if !cfg.Wake(call) {
			http.Error(w, "there is no such relay", http.StatusNotFound)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	})
}

// verifyWake returns the key that signed the call.
func verifyWake(w http.ResponseWriter, r *http.Request, keys []wire.Secret) (wire.Secret, error) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(wakeTime))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxWakeBody))
	if err != nil {
		return "", err
	}
	timestamp, signature := r.Header.Get(wire.DeliveryTimestampHeader), r.Header.Get(wire.DeliverySignatureHeader)
	err = wire.ErrDeliverySignature
	for _, key := range keys {
		one := []wire.Secret{key}
		if err = wire.VerifyDelivery(body, timestamp, signature, one, time.Now(), wire.DeliverySkew); err == nil {
			return key, nil
		}
	}
	return "", err
}

func refuseWake(w http.ResponseWriter, err error) {
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "the body is too large", http.StatusRequestEntityTooLarge)
	case errors.Is(err, wire.ErrDeliverySignature), errors.Is(err, wire.ErrDeliveryTimestamp):
		http.Error(w, err.Error(), http.StatusUnauthorized)
	default:
		http.Error(w, "the body did not come", http.StatusRequestTimeout)
	}
}

// Sleeper is what WakeRelays wakes; *actors.Relay is one.
type Sleeper interface {
	Name() string
	Status() messages.Status
	Wake()
}

// WakeRelays wakes the relays of a list, say of actors.Engine.Relays, which share their keys. A signed call also ends
// the wait of a relay in backoff: the connector is there. An unsigned one wakes dormant relays only, so that no
// stranger can make a gateway hammer a connector that is in trouble.
func WakeRelays[R Sleeper](list func() []R) func(WakeCall) bool {
	return func(call WakeCall) bool {
		known := call.Relay == ""
		for _, relay := range list() {
			if call.Relay != "" && relay.Name() != call.Relay {
				continue
			}
			known = true
			if call.Key != "" || relay.Status().State == messages.Dormant {
				relay.Wake()
			}
		}
		return known
	}
}
