package access

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are those whose header X-Forwarded-For is believed. The zero value believes nobody.
type Proxies struct {
	// Unix says that whoever uses a unix socket is a proxy.
	Unix     bool
	Networks []netip.Prefix
}

// Client returns where a request comes from, for the log and for limits, never to let somebody in: the address of the
// connection or, while that is a proxy's, the one before it. The addresses of one /64 are one client.
func (p Proxies) Client(r *http.Request) string {
	peer, isIP := parseAddr(r.RemoteAddr)
	switch {
	case !isIP && !p.Unix:
		return unixClient(r)
	case isIP && !p.trusts(peer):
		return show(peer)
	}
	client, known := peer, isIP
	for _, hop := range slices.Backward(strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")) {
		before, ok := parseAddr(strings.TrimSpace(hop))
		if !ok {
			break
		}
		client, known = before, true
		if !p.trusts(before) {
			break
		}
	}
	if !known {
		return unixClient(r)
	}
	return show(client)
}

func (p Proxies) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(p.Networks, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// unixClient is what the listener says of a peer that has no IP address.
func unixClient(r *http.Request) string {
	if strings.HasPrefix(r.RemoteAddr, "unix") {
		return r.RemoteAddr
	}
	return "unix"
}

// parseAddr reads an address with or without a port.
func parseAddr(text string) (netip.Addr, bool) {
	if host, _, err := net.SplitHostPort(text); err == nil {
		text = host
	}
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	return addr.Unmap().WithZone(""), err == nil
}

func show(addr netip.Addr) string {
	if addr.Is6() {
		network, _ := addr.Prefix(64)
		return network.String()
	}
	return addr.String()
}
