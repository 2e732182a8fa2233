package remote

import (
	"net/http"
	"net/url"

	"hermod/cmd/hermod/internal/cli"
)

// transportOf says what requests to a daemon's URL begin with, and what carries them. The URL's path is left out.
func transportOf(daemon string) (base string, transport http.RoundTripper, err error) {
	parsed, err := url.Parse(daemon)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" || parsed.User != nil {
		return "", nil, cli.UsageError("--url is not an http or https URL; use for example %s", DefaultURL)
	}
	return parsed.Scheme + "://" + parsed.Host, http.DefaultTransport, nil
}
