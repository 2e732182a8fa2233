package guard

import (
	"net"
	"net/http"
	"net/url"
	"strings"

	"hermod/cmd/hermod/internal/access"
	"hermod/cmd/hermod/internal/problem"
)

// Options describe a guard.
type Options struct {
	// Control keeps account, and Register knows the clients. Proxies say whom to believe where a request comes from.
	Control  *access.Control
	Register *access.Register
	Proxies  access.Proxies
	// AnyHost says that requests under any host name are served without a token. Otherwise those without one have to be
	// addressed to this machine by its loopback name.
	AnyHost bool
	// Open says which requests need no token: liveness, and static files that tell nothing.
	Open func(r *http.Request) bool
	// Shared says which requests pages of other origins may make, which nobody else may see the answers to.
	Shared func(r *http.Request) bool
}

// Protect serves what next serves, to those who may have it. Others get a problem (RFC 9457).
func Protect(o Options, next http.Handler) http.Handler {
	admitted := o.Control.Admit(o.Register, o.Proxies, o.Open, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isForeign(r) && !o.Shared(r):
			o.Control.Refused(r, o.Proxies.Client(r), access.Foreign)
			problem.New(http.StatusForbidden, "cross-origin", "Another origin", "requests from pages of another origin are refused",
				"use the API from a program, or from the daemon's own page").ServeHTTP(w, r)
		case !o.AnyHost && o.Register.IsOpen() && !isLoopback(r.Host):
			o.Control.Refused(r, o.Proxies.Client(r), access.Host)
			problem.New(http.StatusForbidden, "not-loopback", "Not addressed as localhost", "without a token the server is used as localhost or 127.0.0.1 only",
				"use that address, or set http.token").ServeHTTP(w, r)
		default:
			admitted.ServeHTTP(w, r)
		}
	})
}

// isForeign recognises requests of pages of another origin, those with a safe method included: a GET may wake a bot,
// take a reader's place or have a connector look something up. Browsers that do not send Sec-Fetch-Site send Origin
// with all that a page may read or that changes something.
func isForeign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "same-origin", "none":
		return false
	case "":
		origin := r.Header.Get("Origin")
		parsed, err := url.Parse(origin)
		return origin != "" && (err != nil || parsed.Host != r.Host)
	}
	return true
}

// isLoopback accepts localhost and loopback addresses, with or without a port.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
