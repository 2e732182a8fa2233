package boot

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"hermod/wire"
)

// identityTimeout bounds one request to an identity provider.
const identityTimeout = 15 * time.Second

// IdentityProvider gets identity tokens from an HTTP endpoint. With ClientID and ClientSecret it is the token endpoint
// of OAuth 2.0, which gives a token for client credentials; with neither it is one that gives the token to whoever can
// reach it, as metadata servers do. Its methods may be called from any goroutine.
type IdentityProvider struct {
	// TokenURL is absolute, http or https.
	TokenURL string
	// ClientID and ClientSecret are both set or both empty.
	ClientID     string
	ClientSecret wire.Secret
	// Scope is asked for with client credentials, unless it is empty.
	Scope string
	// Transport carries the requests; nil is one that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY.
	Transport http.RoundTripper
}

// Validate returns a *wire.ConfigError that names the field that is wrong.
func (p IdentityProvider) Validate() error {
	u, err := url.Parse(p.TokenURL)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		return &wire.ConfigError{Field: "TokenURL", Reason: "is not an absolute http or https URL"}
	case u.User != nil:
		return &wire.ConfigError{Field: "TokenURL", Reason: "holds a user or password; use ClientID and ClientSecret"}
	case p.ClientID != "" && isBlank(p.ClientSecret):
		return &wire.ConfigError{Field: "ClientSecret", Reason: "is missing beside ClientID; set both, or neither"}
	case p.ClientID == "" && !isBlank(p.ClientSecret):
		return &wire.ConfigError{Field: "ClientID", Reason: "is missing beside ClientSecret; set both, or neither"}
	}
	return nil
}

// Identity gets a token; it is a Config.Identity. Each call asks anew. Errors: *RefusedError, *StatusError (try again
// later), *wire.ConfigError, and those of the network; none shows the token, the secret or the URL.
func (p IdentityProvider) Identity(ctx context.Context) (wire.Secret, error) {
	const doing = "get an identity token"
	if err := p.Validate(); err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	ctx, cancel := context.WithTimeout(ctx, identityTimeout)
	defer cancel()
	request, err := p.request(ctx)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, withoutURL(err))
	}
	code, body, err := p.fetch(request)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	if code/100 != 2 {
		return "", p.refusal(doing, code, body)
	}
	token, err := p.token(body)
	if err != nil {
		return "", fmt.Errorf("%s: %w", doing, err)
	}
	return token, nil
}

func (p IdentityProvider) request(ctx context.Context) (*http.Request, error) {
	if p.ClientID == "" {
		return http.NewRequestWithContext(ctx, http.MethodGet, p.TokenURL, nil)
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {p.ClientID},
		"client_secret": {p.ClientSecret.Reveal()}}
	if p.Scope != "" {
		form.Set("scope", p.Scope)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, p.TokenURL, strings.NewReader(form.Encode()))
	if err == nil {
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return request, err
}

// fetch makes one request, which is not redirected: the secret is for this URL alone.
func (p IdentityProvider) fetch(request *http.Request) (code int, body []byte, err error) {
	request.Header.Set("Accept", "application/json, text/plain;q=0.5, */*;q=0.1")
	request.Header.Set("User-Agent", userAgent)
	transport := p.Transport
	if transport == nil {
		own := newTransport()
		defer own.CloseIdleConnections()
		transport = own
	}
	client := http.Client{Transport: transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, withoutURL(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(response.Body, wire.MaxBody+1))
	switch {
	case err != nil:
		return 0, nil, fmt.Errorf("reading the answer: %w", err)
	case len(body) > wire.MaxBody:
		return 0, nil, fmt.Errorf("reading the answer: it is larger than %d KiB", wire.MaxBody>>10)
	}
	return response.StatusCode, body, nil
}

func (p IdentityProvider) refusal(doing string, code int, body []byte) error {
	reason := reasonOf(body, []wire.Secret{p.ClientSecret})
	if temporary(code) {
		return fmt.Errorf("%s: the identity provider: %w", doing, &StatusError{Status: code, Reason: reason})
	}
	hint := "check the identity provider's token URL, and the client's id, secret and scope"
	if p.ClientID == "" {
		hint = "check the URL that gives the token; one that asks for a client needs its id and secret"
	}
	return &RefusedError{Doing: doing, Status: code, Reason: reason, Hint: hint}
}
