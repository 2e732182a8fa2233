package connector

import (
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"

	"code.dny.dev/ssrf"
)

// loopback is where the gateways of a development connector are.
var loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("::1/128")}

// wakeGuard decides where a wake URL that a gateway registered may lead to: to public addresses, and to the networks
// of the configuration. A name is judged by the address that is dialled, so it does not help to rebind it.
type wakeGuard struct{ guardian *ssrf.Guardian }

func newWakeGuard(cfg *Config) wakeGuard {
	allowed := cfg.WakeNetworks
	if cfg.Dev {
		allowed = append(loopback[:len(loopback):len(loopback)], allowed...)
	}
	var v4, v6 []netip.Prefix
	for _, network := range allowed {
		if network.Addr().Is4() {
			v4 = append(v4, network)
		} else {
			v6 = append(v6, network)
		}
	}
	return wakeGuard{ssrf.New(ssrf.WithAnyPort(), ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))}
}

// check judges a URL at its registration, before a name in it is looked up.
func (g wakeGuard) check(raw string) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || !isWebURL(raw):
		return fmt.Errorf("%w: wakeUrl is not an http or https URL", errBadRequest)
	case u.User != nil:
		return fmt.Errorf("%w: wakeUrl must not hold a user or password", errBadRequest)
	}
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && g.guardian.SafeAddr(ip.Unmap()) != nil {
		return fmt.Errorf("%w: %w: wakeUrl names %s; register a public address, or ask the connector's operator to allow its network",
			errBadRequest, ErrWakeForbidden, ip)
	}
	return nil
}

// client calls registered URLs. It asks no proxy, which would look up the names in its stead.
func (g wakeGuard) client() http.Client {
	dialer := &net.Dialer{Timeout: wakeTimeout, Control: g.guardian.Safe}
	return newWakeClient(&http.Transport{DialContext: dialer.DialContext})
}
