package boot

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strings"

	"hermod/wire"
)

// maxRedirects bounds the redirects that a download follows.
const maxRedirects = 5

// MediaClient carries files between a gateway and its connector. Its methods may be called from any goroutine.
type MediaClient struct {
	client      *Client
	credentials wire.Credentials
	base        *url.URL
}

// Media returns a client for files, which proves the gateway with the credentials.
func (c *Client) Media(credentials wire.Credentials) *MediaClient {
	base, err := url.Parse(c.base + wire.MediaPath + "/")
	if err != nil {
		panic(fmt.Sprintf("boot: a base URL that was checked does not parse: %v", err))
	}
	return &MediaClient{client: c, credentials: credentials, base: base}
}

// Owns says whether the URL is a file of the connector: of the same scheme, host and port, and one segment below the
// path of its media. Only such a URL is asked for with the gateway's bearer.
func (m *MediaClient) Owns(ref string) bool {
	u, err := parseMediaURL(ref)
	if err != nil {
		return false
	}
	id, below := strings.CutPrefix(u.Path, m.base.Path)
	return sameOrigin(u, m.base) && below && id != "" && id != "." && id != ".." && !strings.ContainsAny(id, `/\`) &&
		path.Clean(u.Path) == u.Path
}

func parseMediaURL(ref string) (*url.URL, error) {
	u, err := url.Parse(strings.TrimSpace(ref))
	if err != nil || u.User != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, ErrMediaURL
	}
	return u, nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Hostname(), b.Hostname()) && portOf(a) == portOf(b)
}

func portOf(u *url.URL) string {
	if port := u.Port(); port != "" {
		return port
	}
	return map[string]string{"http": "80", "https": "443"}[u.Scheme]
}

// checkRedirect lets downloads go on, without the bearer and without telling where they come from, and nothing else.
func checkRedirect(next *http.Request, via []*http.Request) error {
	if via[0].Method != http.MethodGet {
		return http.ErrUseLastResponse
	}
	next.Header.Del("Authorization")
	next.Header.Del("Referer")
	last := via[len(via)-1].URL
	switch {
	case len(via) > maxRedirects:
		return fmt.Errorf("more than %d redirects", maxRedirects)
	case next.URL.Scheme != "https" && (next.URL.Scheme != "http" || last.Scheme == "https"):
		return fmt.Errorf("a redirect from %s to %s is not followed", last.Scheme, next.URL.Scheme)
	}
	return nil
}

// refusal turns an answer that is not 2xx into an error.
func (m *MediaClient) refusal(doing string, status int, body []byte, bearer wire.Secret) error {
	reason := reasonOf(body, []wire.Secret{bearer, m.credentials.Secret, m.credentials.DeliveryKey})
	if temporary(status) {
		return fmt.Errorf("%s: %w", doing, &StatusError{Status: status, Reason: reason})
	}
	return &RefusedError{Doing: doing, Status: status, Reason: reason, Hint: mediaHint(status)}
}

func mediaHint(status int) string {
	switch status {
	case http.StatusRequestEntityTooLarge:
		return ErrMediaTooLarge.Error()
	case http.StatusNotFound, http.StatusGone:
		return "the file is gone, or never was; ask for it sooner"
	}
	return generalHint(status)
}

// bearer proves the gateway to its connector, "" without a secret.
func (m *MediaClient) bearer() wire.Secret {
	return upgradeToken(m.credentials, m.client.cfg.GatewayID)
}

func (m *MediaClient) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, m.client.cfg.MediaTimeout)
}
