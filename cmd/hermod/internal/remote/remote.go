package remote

import (
	"net/http"
	"time"

	"hermod/cmd/hermod/internal/api/client"
	"hermod/cmd/hermod/internal/cli"
	"hermod/wire"
)

// Timeout bounds a request of a command; those that wait for bots take longer than a look.
const Timeout = time.Minute

// Options say which daemon to use, as flags or the environment give it.
type Options struct {
	// Daemon is where it serves.
	Daemon cli.Endpoint
	// Token is what the daemon asks for, or empty.
	Token wire.Secret
}

// Daemon is a client of one daemon. Its methods may be called from any goroutine; those of the API return answers for
// Read.
type Daemon struct {
	*client.Client
	// URL is the daemon's, for errors and logs.
	URL string
}

// Connect makes a client; nothing is dialled yet. The error is a usage error about the flags.
func Connect(o Options) (*Daemon, error) {
	base, transport, err := o.Daemon.Open()
	if err != nil {
		return nil, err
	}
	bearer := &bearer{token: o.Token, next: transport}
	api, err := client.NewClient(base, client.WithHTTPClient(&http.Client{Transport: bearer, Timeout: Timeout,
		CheckRedirect: stay}))
	if err != nil {
		return nil, cli.UsageError("--url: %w", err)
	}
	return &Daemon{Client: api, URL: base}, nil
}

// stay follows no redirect: the token is for this daemon only.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// bearer shows the token in each request.
type bearer struct {
	token wire.Secret
	next  http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b *bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.token != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.token.Reveal())
	}
	return b.next.RoundTrip(r)
}
