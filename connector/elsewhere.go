package connector

import (
	"crypto/tls"
	"net"
	"net/http"

	"github.com/gobwas/ws"

	"hermod/wire"
)

// Elsewhere is for several programs that share gateways: each gateway has its session at one of them, and may dial any.
// Functions may be called from any goroutine.
type Elsewhere struct {
	// Take is asked about each request that names a gateway in its bearer, which is not proved yet. It returns false for
	// the connector to serve the request, else it has taken it over. nil takes none.
	Take func(gateway string, w http.ResponseWriter, r *http.Request) bool
	// Taken brings the connections that other programs have taken over for this one, without their TLS. The connector
	// closes it. nil brings none.
	Taken net.Listener
	// Knows says of a gateway without credentials here that it has some at another program, or will. It is asked to
	// come back, by 1012 or 503, where it would be refused otherwise. It must not block. nil is the only program;
	// otherwise gateways must authenticate even while this connector has none.
	Knows func(gateway string) bool
}

// SecuredHeader tells of a connection of Elsewhere.Taken whether the gateway's own had TLS: "https", or "http".
const SecuredHeader = "X-Forwarded-Proto"

// elsewhere refuses a gateway that will find another program.
var elsewhere = &wire.CloseError{Code: wire.CloseRestart, Reason: "the gateway's bot is moving"}

// takeable offers requests to Elsewhere.Take before next serves them.
func (c *Connector) takeable(next http.Handler) http.Handler {
	take := c.cfg.Embedding.Elsewhere.Take
	if take == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if gateway, ok := claimedBy(r); ok && take(gateway, w, r) {
			return
		}
		next.ServeHTTP(w, r)
	})
}

// claimedBy is the gateway that a request's bearer names.
func claimedBy(r *http.Request) (gateway string, ok bool) {
	token, ok := bearerOf(r.Header.Get("Authorization"))
	if !ok {
		return "", false
	}
	gateway, err := wire.PeekToken(token)
	return gateway, err == nil
}

// asDialled restores what a connection that was taken over has lost of the gateway's own.
func asDialled(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get(SecuredHeader) == "https" {
			r.TLS = new(tls.ConnectionState)
		}
		next.ServeHTTP(w, r)
	})
}

// isElsewhere reports whether a gateway has no credentials here, but at another program.
func (c *Connector) isElsewhere(gateway string) bool {
	knows := c.cfg.Embedding.Elsewhere.Knows
	return knows != nil && len(c.accounts.secrets(gateway)) == 0 && knows(gateway)
}

// farewell ends the session of a gateway whose credentials are gone.
func (g *gateway) farewell() ending {
	if g.c.isElsewhere(g.id) {
		return ending{how: endFlush, code: ws.StatusCode(elsewhere.Code), reason: elsewhere.Reason}
	}
	return ending{how: endClose, code: ws.StatusCode(wire.CloseUnauthorized), reason: "unauthorized"}
}
