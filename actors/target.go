package actors

import (
	"net/netip"
	"net/url"
	"strings"

	"hermod/actors/internal/socket"
	"hermod/wire"
)

// target is where a relay dials.
type target struct {
	url     *url.URL
	address string         // host and port
	literal netip.AddrPort // the same; zero if the host is a name
	secure  bool           // wss
	upgrade string         // how requests to upgrade a connection begin
}

func targetOf(dialURL string) (target, error) {
	u, err := url.ParseRequestURI(dialURL)
	if err != nil {
		return target{}, err
	}
	t := target{url: u, address: u.Host, secure: u.Scheme == "wss", upgrade: socket.UpgradeTo(u)}
	switch {
	case u.Port() != "":
	case t.secure:
		t.address = strings.TrimSuffix(u.Host, ":") + ":443"
	default:
		t.address = strings.TrimSuffix(u.Host, ":") + ":80"
	}
	if literal, err := netip.ParseAddrPort(t.address); err == nil && literal.Addr().Zone() == "" {
		t.literal = netip.AddrPortFrom(literal.Addr().Unmap(), literal.Port())
	}
	return t, nil
}

// headersOf returns headers as lines.
func headersOf(a wire.Abilities) string {
	var lines strings.Builder
	a.Show(func(name, value string) { lines.WriteString(name + ": " + value + "\r\n") })
	return lines.String()
}
