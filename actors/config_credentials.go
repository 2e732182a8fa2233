package actors

import "hermod/wire"

// credentials are what a relay proves itself with. They are never changed.
type credentials struct {
	GatewayID string
	Secret    wire.Secret
	Epoch     int64
}

// noCredentials are those of all relays that have none.
var noCredentials = new(credentials)

// kept returns the same credentials, which may be others'.
func (c credentials) kept() *credentials {
	if c == *noCredentials {
		return noCredentials
	}
	return new(c)
}
