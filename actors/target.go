package actors

import (
	"net/url"
	"strings"

	"hermod/wire"
)

// target is where a relay dials.
type target struct {
	url     *url.URL
	address string // host and port
	secure  bool   // wss
}

func targetOf(dialURL string) (target, error) {
	u, err := url.ParseRequestURI(dialURL)
	if err != nil {
		return target{}, err
	}
	t := target{url: u, address: u.Host, secure: u.Scheme == "wss"}
	switch {
	case u.Port() != "":
	case t.secure:
		t.address = strings.TrimSuffix(u.Host, ":") + ":443"
	default:
		t.address = strings.TrimSuffix(u.Host, ":") + ":80"
	}
	return t, nil
}

// headersOf returns headers as lines.
func headersOf(a wire.Abilities) string {
	var lines strings.Builder
	a.Show(func(name, value string) { lines.WriteString(name + ": " + value + "\r\n") })
	return lines.String()
}
