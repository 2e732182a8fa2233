package guard

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/url"
	"strings"

	"hermod/cmd/hermod/internal/problem"
	"hermod/wire"
)

// Options describe a guard.
type Options struct {
	// Token is what callers have to show; "" is no token: then only requests that are addressed to this machine by its
	// loopback name are served.
	Token wire.Secret
	// Remote says that requests under any host name are served without a token. The operator has asked for that.
	Remote bool
	// Open says which requests need no token: liveness, and static files that tell nothing.
	Open func(r *http.Request) bool
	// Shared says which requests pages of other origins may make, which nobody else may see the answers to.
	Shared func(r *http.Request) bool
}

// Protect serves what next serves, to those who may have it. Others get a problem (RFC 9457).
func Protect(o Options, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case isForeign(r) && !o.Shared(r):
			problem.New(http.StatusForbidden, "cross-origin", "Another origin", "requests from pages of another origin are refused",
				"use the API from a program, or from the daemon's own page").ServeHTTP(w, r)
		case o.Token == "" && !o.Remote && !isLoopback(r.Host):
			problem.New(http.StatusForbidden, "not-loopback", "Not addressed as localhost", "without a token the server is used as localhost or 127.0.0.1 only",
				"use that address, or set http.token").ServeHTTP(w, r)
		case o.Token != "" && !o.Open(r) && !shows(r, o.Token):
			w.Header().Set("WWW-Authenticate", `Bearer realm="hermod"`)
			problem.New(http.StatusUnauthorized, "no-token", "No token, or a wrong one", "the bearer token of http.token was not shown",
				"send the header 'Authorization: Bearer TOKEN'").ServeHTTP(w, r)
		default:
			next.ServeHTTP(w, r)
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

// shows compares digests, so that neither length nor content of the token tells by the time it takes.
func shows(r *http.Request, token wire.Secret) bool {
	scheme, shown, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	got, want := sha256.Sum256([]byte(strings.TrimSpace(shown))), sha256.Sum256([]byte(token.Reveal()))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// isLoopback accepts localhost and loopback addresses, with or without a port.
func isLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	ip := net.ParseIP(strings.Trim(host, "[]"))
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
