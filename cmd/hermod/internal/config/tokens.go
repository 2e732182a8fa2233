package config

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
)

// minToken bounds a token of http.tokens in bytes: nobody shall guess one.
const minToken = 16

// The roles of tokens; see Token.Roles.
const (
	RoleRead    = "read"
	RoleAct     = "act"
	RoleSteer   = "steer"
	RoleMetrics = "metrics"
	RoleAdmin   = "admin"
)

// Token is a bearer token with what it may do.
type Token struct {
	// Name is what the log calls whoever shows it. Tokens of the same name have the same roles and bots.
	Name  string  `json:"name"`
	Token *Secret `json:"token"`
	// Roles are at least one of read, act, steer, metrics and admin.
	Roles []string `json:"roles"`
	// Bots are patterns of the names that read, act and steer are limited to; none is no limit.
	Bots []string `json:"bots"`
}

// trustedUnix is the entry of trusted_proxies for those that use the unix socket.
const trustedUnix = "unix"

// Proxies are those whose X-Forwarded-For is believed.
type Proxies struct {
	// Unix says that whoever uses a unix socket is one.
	Unix     bool
	Networks []netip.Prefix
}

func (c *checker) checkTokens(h *HTTP) {
	c.secret(h.Token, "http", "token")
	first := make(map[string]int)
	values := map[string]string{h.Token.Reveal().Reveal(): "http.token"}
	for i, t := range h.Tokens {
		at := func(names ...string) []string { return join([]string{"http", "tokens", strconv.Itoa(i)}, names...) }
		before := len(c.problems)
		c.secret(t.Token, at("token")...)
		value := t.Token.Reveal().Reveal()
		switch other, taken := values[value]; {
		case len(c.problems) > before:
		case taken:
			c.wrong("is the same token as "+other, "make one of its own: openssl rand -base64 32", at("token")...)
		case len(value) < minToken:
			c.wrong("is a token of less than "+strconv.Itoa(minToken)+" characters, which may be guessed", "make one: openssl rand -base64 32", at("token")...)
		}
		values[value] = keyOf(at("token"))
		if len(t.Bots) > 0 && (slices.Contains(t.Roles, RoleMetrics) || slices.Contains(t.Roles, RoleAdmin)) {
			c.wrong("limits the token to some bots, but metrics and admin are about all of them",
				"take bots out, or give those roles to a token of its own", at("bots")...)
		}
		if j, again := first[t.Name]; again && !sameGrants(h.Tokens[j], t) {
			c.wrong(fmt.Sprintf("%q has other roles or bots than http.tokens[%d] of the same name", t.Name, j),
				"give it the same ones, or another name", at("name")...)
		} else if !again {
			first[t.Name] = i
		}
	}
}

func sameGrants(a, b Token) bool {
	same := func(a, b []string) bool {
		return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
	}
	return same(a.Roles, b.Roles) && same(a.Bots, b.Bots)
}

// checkProxies reads the networks; an address alone is a network of one.
func (c *checker) checkProxies(h *HTTP) {
	for i, text := range h.TrustedProxies {
		if text == trustedUnix {
			h.Proxies.Unix = true
			continue
		}
		network, err := netip.ParsePrefix(text)
		if addr, addrErr := netip.ParseAddr(text); addrErr == nil {
			network, err = netip.PrefixFrom(addr, addr.BitLen()), nil
		}
		if err != nil {
			c.wrong(fmt.Sprintf("%.60q is no network", text), "write for example 10.0.0.0/8, the proxy's address, or unix", "http", "trusted_proxies", strconv.Itoa(i))
			continue
		}
		h.Proxies.Networks = append(h.Proxies.Networks, network.Masked())
	}
}
