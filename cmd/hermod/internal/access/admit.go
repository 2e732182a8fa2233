package access

import (
	"context"
	"io"
	"net/http"
	"time"

	"hermod/cmd/hermod/internal/problem"
)

// Admit serves what next serves to the clients that a register knows; open says which requests need no token. Others
// get a problem: 401, or 429 after many wrong tokens.
func (c *Control) Admit(register *Register, proxies Proxies, open func(*http.Request) bool,
	next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !register.IsOpen() && open(r) {
			next.ServeHTTP(w, r)
			return
		}
		from := proxies.Client(r)
		e, reason, wait := c.recognise(register, r, from)
		if e == nil {
			c.Refused(r, from, reason)
			refuse(w, r, reason, wait)
			return
		}
		serveFor(e, from, next, w, r)
	})
}

// recognise finds the client, or says why it is refused.
func (c *Control) recognise(register *Register, r *http.Request, from string) (*entry, Reason, time.Duration) {
	if register.IsOpen() {
		return register.anyone.of(r), "", 0
	}
	shown, reason := bearer(r)
	if reason != "" {
		return nil, reason, 0
	}
	wait := c.guesses.wait(from)
	if wait > 0 && !c.guesses.knows(from, shown) {
		return nil, Limited, wait
	}
	e := register.find(shown)
	if e == nil {
		c.guesses.wrong(from)
		return nil, Unknown, 0
	}
	c.guesses.right(from, shown)
	return e, "", 0
}

// of names a client by its certificate, if it showed one.
func (e *entry) of(r *http.Request) *entry {
	if r.TLS == nil || len(r.TLS.PeerCertificates) == 0 {
		return e
	}
	named := *e
	caller := *e.caller
	caller.by = "certificate:" + r.TLS.PeerCertificates[0].Subject.String()
	named.caller = &caller
	return &named
}

// serveFor serves a request until its client is revoked: its context ends then, and its body fails, so that nothing is
// done for a client that has no right to it any more.
func serveFor(e *entry, from string, next http.Handler, w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(with(r.Context(), e.caller))
	defer cancel()
	defer context.AfterFunc(e.ctx, cancel)()
	r = r.WithContext(context.WithValue(ctx, fromKey{}, from))
	if r.ContentLength != 0 {
		r.Body = &body{r.Body, e.ctx}
	}
	next.ServeHTTP(w, r)
}

type fromKey struct{}

// fromOf is the client's address as Admit found it.
func fromOf(r *http.Request) string {
	from, _ := r.Context().Value(fromKey{}).(string)
	return from
}

// body is a request's body that ends with the client's right to send it.
type body struct {
	io.ReadCloser
	revoked context.Context
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.revoked.Err() != nil {
		return 0, b.revoked.Err()
	}
	return n, err
}

func refuse(w http.ResponseWriter, r *http.Request, reason Reason, wait time.Duration) {
	if reason == Limited {
		p := problem.New(http.StatusTooManyRequests, "too-many-wrong-tokens", "Too many wrong tokens",
			"this address showed too many tokens that are not known", "wait as long as Retry-After says, then show the right one")
		p.RetryAfter = wait
		p.ServeHTTP(w, r)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="hermod"`)
	problem.New(http.StatusUnauthorized, "no-token", "No token, or a wrong one", "none of the bearer tokens of http.token and http.tokens was shown",
		"send the header 'Authorization: Bearer TOKEN'").ServeHTTP(w, r)
}
