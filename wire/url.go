package wire

import (
	"net/url"
	"strconv"
	"strings"
)

// relayPath is where connectors serve the link.
const relayPath = "/relay"

var dialSchemes = map[string]string{"https": "wss", "http": "ws", "wss": "wss", "ws": "ws"}

// DialURL returns the WebSocket URL to dial for a connector's configured URL: https becomes wss
// and http becomes ws, trailing slashes are removed from the path, and /relay is added to it
// unless it ends so. A query is kept. A URL that DialURL returned comes back unchanged. The
// error is a *ConfigError, which does not show the URL.
func DialURL(raw string) (string, error) {
	scheme, rest, ok := strings.Cut(strings.TrimSpace(raw), "://")
	dialScheme := dialSchemes[strings.ToLower(scheme)]
	if !ok || dialScheme == "" {
		return "", urlError("must begin with wss://, ws://, https:// or http://")
	}
	rest, query, hasQuery := strings.Cut(rest, "?")
	if strings.Contains(rest, "#") || strings.Contains(query, "#") {
		return "", urlError("must not have a fragment (#)")
	}
	host, path, _ := strings.Cut(rest, "/")
	path = strings.TrimRight("/"+path, "/")
	if !strings.HasSuffix(path, relayPath) {
		path += relayPath
	}
	dial := dialScheme + "://" + host + path
	if hasQuery {
		dial += "?" + query
	}
	u, err := url.Parse(dial)
	switch {
	case err != nil || !validPort(u):
		return "", urlError("is not a valid URL")
	case u.User != nil:
		return "", urlError("must not hold a user or password; set the gateway id and secret instead")
	case u.Hostname() == "":
		return "", urlError("has no host")
	}
	return dial, nil
}

// validPort reports whether the port can be dialled. A URL with a bare colon has none.
func validPort(u *url.URL) bool {
	if u.Port() == "" {
		return true
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	return err == nil && n > 0
}

func urlError(reason string) error { return &ConfigError{Field: "url", Reason: reason} }
