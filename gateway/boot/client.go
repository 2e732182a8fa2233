package boot

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"hermod/supervisor"
	"hermod/wire"
)

// Retry is a try that failed and will be repeated.
type Retry struct {
	// Doing is what was tried ("provision discord").
	Doing string
	// Try numbers the failed tries from 1.
	Try int
	// Err says why, without secrets.
	Err error
	// Delay is how long the client waits before the next try.
	Delay time.Duration
}

// Config describes a client. URL and GatewayID are required; New copies it.
type Config struct {
	// URL is the connector's, as a relay is configured with it.
	URL string
	// GatewayID names the gateway to the connector.
	GatewayID string
	// Identity returns the token that proves to the connector whose gateway this is. It is asked at every try, so a
	// token that expires may be renewed there; its error counts as a failed try. nil: there is none, and the credentials
	// in hand have to do.
	Identity func(ctx context.Context) (wire.Secret, error)

	// Timeout (15 s) bounds one try, MediaTimeout (5 min) a transfer, the reading of a download included.
	Timeout, MediaTimeout time.Duration
	// Backoff (1 s) is the first delay between tries and MaxBackoff (30 s) the longest. A connector's Retry-After
	// lengthens a delay, to MaxBackoff at most.
	Backoff, MaxBackoff time.Duration
	// OnRetry is told of every try that is going to be repeated, from the caller's goroutine. May be nil.
	OnRetry func(Retry)
	// Transport carries the requests. nil: one of the client's own that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
	Transport http.RoundTripper
}

// Client speaks a connector's HTTP plane for one gateway. Its methods may be called from any goroutine.
type Client struct {
	cfg    Config
	base   string
	ladder supervisor.Backoff
	http   *http.Client
	draw   func() float64
}

// New checks the configuration. The error joins a *wire.ConfigError for every field that is wrong.
func New(cfg Config) (*Client, error) {
	var errs []error
	base, err := wire.BaseURL(cfg.URL)
	errs = append(errs, err)
	if strings.TrimSpace(cfg.GatewayID) == "" {
		errs = append(errs, &wire.ConfigError{Field: "GatewayID", Reason: "is empty; name the gateway"})
	}
	for field, value := range map[string]time.Duration{"Timeout": cfg.Timeout, "MediaTimeout": cfg.MediaTimeout,
		"Backoff": cfg.Backoff, "MaxBackoff": cfg.MaxBackoff} {
		if value < 0 {
			errs = append(errs, &wire.ConfigError{Field: field, Reason: "is negative; leave it 0 for the default"})
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	fill(&cfg.Timeout, 15*time.Second)
	fill(&cfg.MediaTimeout, 5*time.Minute)
	fill(&cfg.Backoff, time.Second)
	fill(&cfg.MaxBackoff, max(30*time.Second, cfg.Backoff))
	if cfg.Transport == nil {
		cfg.Transport = newTransport()
	}
	return &Client{
		cfg: cfg, base: base, ladder: supervisor.Backoff{Base: cfg.Backoff, Max: cfg.MaxBackoff},
		http: &http.Client{Transport: cfg.Transport, CheckRedirect: checkRedirect}, draw: rand.Float64,
	}, nil
}

// userAgent is what requests say they come from; some servers of files refuse those that say nothing.
const userAgent = "hermod"

func newTransport() *http.Transport {
	return &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true,
		IdleConnTimeout: 30 * time.Second, TLSHandshakeTimeout: 10 * time.Second, ExpectContinueTimeout: time.Second}
}

func fill(field *time.Duration, value time.Duration) {
	if *field == 0 {
		*field = value
	}
}

// CloseIdle closes the connections that no request uses. The client may be used again afterwards.
func (c *Client) CloseIdle() { c.http.CloseIdleConnections() }

// StaticIdentity is an Identity that never changes.
func StaticIdentity(token wire.Secret) func(context.Context) (wire.Secret, error) {
	return func(context.Context) (wire.Secret, error) { return token, nil }
}
